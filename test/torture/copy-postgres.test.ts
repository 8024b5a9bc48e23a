import { describe, expect, it } from 'vitest';
import { before, copy, expectCopy, filled, openAt } from '../copy/copying.js';
import { stepsOfLife } from '../copy/life.js';
import { databaseFor, POSTGRES } from '../support/engines.js';
import { databasePath } from '../support/remember.js';

describe.runIf(POSTGRES)('a file copied to PostgreSQL', () => {
  it('and back holds everything that it held, byte for byte', async () => {
    const place = await filled();
    const server = databaseFor(databasePath());
    const done = await copy({ from: place.from, to: server });
    expect(done).toMatchObject({ streams: 21 });
    expect(await copy({ from: server, to: place.to })).toEqual(done);
    await expectCopy(place);
  });

  it('ends as the file is, however much is changed and erased there meanwhile', async () => {
    const place = await filled();
    const server = databaseFor(databasePath());
    await using engine = openAt(place.from);
    const steps = stepsOfLife();
    await copy({ from: place.from, to: server }, { through: to => before(to, () => live(steps, engine)) });
    expect(steps).toEqual([]);
    await copy({ from: server, to: place.to });
    await expectCopy(place);
    await using copied = openAt(server);
    expect((await copied.verify({ deep: true })).findings).toEqual([]);
  });

  it('and lived in there is copied back while it is lived in', async () => {
    const place = await filled();
    const server = databaseFor(databasePath());
    await copy({ from: place.from, to: server });
    await using engine = openAt(server);
    const steps = stepsOfLife();
    await copy(
      { from: server, to: place.to },
      { most: 20, through: to => before(to, () => live(steps, engine)) },
    );
    expect(steps).toEqual([]);
    const again = databasePath();
    await copy({ from: server, to: again });
    await expectCopy({ from: again, to: place.to });
  });
});

const live = async (
  steps: ReturnType<typeof stepsOfLife>,
  engine: ReturnType<typeof openAt>,
): Promise<void> => {
  await steps.shift()?.(engine);
};
