/** What an MCP client keeps of OAuth, of a person who agrees at once and needs no browser to do so. */
export function browserless() {
  const redirectUrl = 'http://127.0.0.1:1/callback';
  const kept: { information?: { client_id: string }; tokens?: Tokens; verifier?: string; code?: string } = {};
  let asked: URL | undefined;
  return {
    redirectUrl,
    clientMetadata: { redirect_uris: [redirectUrl], client_name: 'test', token_endpoint_auth_method: 'none' },
    clientInformation: () => kept.information,
    saveClientInformation: (information: { client_id: string }) => {
      kept.information = information;
    },
    tokens: () => kept.tokens,
    saveTokens: (tokens: Tokens) => {
      kept.tokens = tokens;
    },
    saveCodeVerifier: (verifier: string) => {
      kept.verifier = verifier;
    },
    codeVerifier: () => kept.verifier ?? '',
    async redirectToAuthorization(url: URL) {
      asked = url;
      const { headers } = await fetch(url, { redirect: 'manual' });
      kept.code = new URL(headers.get('location') ?? '').searchParams.get('code') ?? '';
    },
    /** The code that came back with the browser. */
    code: () => kept.code ?? '',
    /** Where the person was sent to agree. */
    get asked() {
      return asked;
    },
  };
}

type Tokens = { access_token: string; token_type: string };
