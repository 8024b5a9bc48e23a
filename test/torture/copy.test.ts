import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { before, copy, expectCopy, filled, openAt } from '../copy/copying.js';
import { stepsOfLife } from '../copy/life.js';
import { mintmark, randomFrom, seedOfRun } from '../support/mintmark.js';

const ROUNDS = Number(process.env.MINTMARK_COPY_ROUNDS ?? 6);
const SEED = seedOfRun();
const DIE_AT_COMMIT = fileURLToPath(new URL('die-at-commit.mjs', import.meta.url));

it('a copy goes on where it was stopped, wherever that was', async () => {
  const place = await filled();
  const outcome = { whole: false, stops: 0 };
  for (; !outcome.whole; outcome.stops += 1)
    await copy(place, {
      most: 20,
      through: to =>
        before(to, writes => {
          if (writes > outcome.stops) throw new Error('stopped');
        }),
    }).then(
      () => {
        outcome.whole = true;
      },
      error => expect(error).toMatchObject({ message: 'stopped' }),
    );
  expect(outcome.stops).toBeGreaterThan(10);
  await expectCopy(place);
});

it(`a copy that is stopped again and again while the source lives on ends as the source is (MINTMARK_SEED=${SEED})`, async () => {
  console.log(`MINTMARK_SEED=${SEED}`);
  const random = randomFrom(SEED);
  for (let round = 0; round < ROUNDS; round += 1) {
    const place = await filled();
    const engine = openAt(place.from);
    const steps = stepsOfLife();
    const [busy, unlucky, most] = [0.05 + random() * 0.95, random() * 0.1, 1 + Math.floor(random() * 40)];
    const living = async () => {
      while (random() < busy && steps.length > 0) await steps.shift()?.(engine);
      if (steps.length > 0 && random() < unlucky) throw new Error('stopped');
    };
    for (const outcome = { whole: false }; !outcome.whole || steps.length > 0; )
      await copy(place, { most, through: to => before(to, living) }).then(
        () => {
          outcome.whole = true;
        },
        error => expect(error, `round ${round}`).toMatchObject({ message: 'stopped' }),
      );
    await copy(place);
    await engine.close();
    await expectCopy(place);
  }
});

it('a copy whose process is killed goes on in another', async () => {
  const place = await filled();
  const random = randomFrom(SEED);
  const [file, ...rest] = mintmark;
  const dying = ['--import', DIE_AT_COMMIT];
  const args = [...dying, ...rest, 'copy', '--from', place.from, '--to', place.to];
  let kills = 0;
  const copied = async () => {
    const env = { ...process.env, DIE_AT_COMMIT: `${1 + Math.floor(random() * (2 + kills))}` };
    const [code, signal] = await once(spawn(file, args, { stdio: 'ignore', env }), 'exit');
    expect(signal ?? code, `after ${kills} kills`).toBeOneOf(['SIGKILL', 0]);
    return code === 0;
  };
  for (; !(await copied()); kills += 1);
  console.log(`${kills} kills`);
  expect(kills).toBeGreaterThan(1);
  await expectCopy(place);
});
