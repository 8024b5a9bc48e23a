/** Of a resume pack of AoS v2.1. */
export const AOS_MANIFEST = 'manifest.v2.1.json';

const LONGEST = 300;

/**
 * Why a file of a pack may not have this name, or undefined when it may: it must lie below the folder it is unpacked
 * into, on every system, and be spelled in one way only.
 */
export function nameProblem(name: string): string | undefined {
  const rules: readonly [broken: boolean, problem: string][] = [
    [name === '' || name.length > LONGEST, `is empty or longer than ${LONGEST} characters`],
    [hasControl(name), 'holds NUL or a control character'],
    [name.includes('\\'), 'holds a backslash'],
    [name.startsWith('/'), 'is absolute'],
    [name.includes(':'), 'holds a colon, as a drive does'],
    [name.endsWith('/'), 'is a directory'],
    [name.split('/').some(part => part === '..' || part === '.'), 'holds . or ..'],
    [name.includes('//'), 'holds an empty part'],
    [!name.isWellFormed() || name.normalize('NFC') !== name, 'is not in the normal form NFC'],
  ];
  return rules.find(([broken]) => broken)?.[1];
}

/** The first name that another one equals where capitals do not count, as on macOS and Windows. */
export function duplicateName(names: readonly string[]): string | undefined {
  const seen = new Set<string>();
  return names.find(name => {
    const key = name.toUpperCase().toLowerCase();
    return seen.has(key) || !seen.add(key);
  });
}

const hasControl = (name: string): boolean =>
  [...name].some(letter => letter < ' ' || (letter >= '\x7f' && letter <= '\x9f'));
