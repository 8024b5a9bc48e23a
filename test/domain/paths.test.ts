import { describe, expect, it } from 'vitest';
import { databaseFile, dataFolder, namespaceFile, type Place } from '../../src/config/paths.js';

const linux: Place = { env: {}, cwd: '/work', home: '/home/ada', platform: 'linux' };
const mac: Place = { ...linux, home: '/Users/ada', platform: 'darwin' };
const windows: Place = { env: {}, cwd: 'D:\\work', home: 'C:\\Users\\ada', platform: 'win32' };

describe('the data directory', () => {
  it.each([
    ['the home directory on Linux', linux, '/home/ada/.local/share/mintmark'],
    ['XDG_DATA_HOME', { ...linux, env: { XDG_DATA_HOME: '/data' } }, '/data/mintmark'],
    ['the Library on macOS', mac, '/Users/ada/Library/Application Support/mintmark'],
    [
      'the Library on macOS, whatever XDG_DATA_HOME says',
      { ...mac, env: { XDG_DATA_HOME: '/data' } },
      '/Users/ada/Library/Application Support/mintmark',
    ],
    ['LOCALAPPDATA', { ...windows, env: { LOCALAPPDATA: 'E:\\Local' } }, 'E:\\Local\\mintmark'],
    ['AppData when LOCALAPPDATA is missing', windows, 'C:\\Users\\ada\\AppData\\Local\\mintmark'],
  ])('comes from %s', (_, place, folder) => {
    expect(dataFolder(place)).toBe(folder);
  });

  it.each(['', 'data', './data', '~/data'])('ignores the relative XDG_DATA_HOME %j', value => {
    expect(dataFolder({ ...linux, env: { XDG_DATA_HOME: value } })).toBe('/home/ada/.local/share/mintmark');
  });

  it('is an error that names the option when the user has no home directory', () => {
    expect(() => dataFolder({ ...linux, home: '' })).toThrowError(
      expect.objectContaining({ code: 'invalid', hint: expect.stringMatching(/--db.*MINTMARK_DB/) }),
    );
  });

  it('needs no home directory when the variable or the path says where', () => {
    const homeless = { ...linux, home: '' };
    expect(dataFolder({ ...homeless, env: { XDG_DATA_HOME: '/data' } })).toBe('/data/mintmark');
    expect(databaseFile('x.db', homeless)).toBe('/work/x.db');
  });
});

describe('the database file', () => {
  it.each([
    [undefined, linux, '/home/ada/.local/share/mintmark/mintmark.db'],
    ['/x/y.db', linux, '/x/y.db'],
    ['y.db', linux, '/work/y.db'],
    ['../y.db', linux, '/y.db'],
    ['~/y.db', linux, '/home/ada/y.db'],
    ['a/~/y.db', linux, '/work/a/~/y.db'],
    [':memory:', linux, ':memory:'],
    ['y.db', windows, 'D:\\work\\y.db'],
    ['~\\y.db', windows, 'C:\\Users\\ada\\y.db'],
    ['E:/y.db', windows, 'E:\\y.db'],
    [':memory:', windows, ':memory:'],
  ])('%j is found', (db, place, file) => {
    expect(databaseFile(db, place)).toBe(file);
  });
});

describe('the file of a namespace', () => {
  it.each([
    ['/x/mintmark.db', 'default', '/x/mintmark.db'],
    ['/x/mintmark.db', 'ada', '/x/mintmark.d/ada.db'],
    ['/x/mintmark.DB', 'ada', '/x/mintmark.d/ada.db'],
    ['/x/mintmark.sqlite', 'ada', '/x/mintmark.sqlite.d/ada.db'],
    ['/x/.db', 'ada', '/x/.db.d/ada.db'],
    ['/x/mintmark.d/ada.db', 'bob', '/x/mintmark.d/ada.d/bob.db'],
    [':memory:', 'ada', ':memory:'],
  ])('%s, %s is %s', (db, namespace, file) => {
    expect(namespaceFile(db, namespace, { platform: 'linux' })).toBe(file);
  });

  it('lies beside the named file on Windows too', () => {
    expect(namespaceFile('C:\\x\\mintmark.db', 'ada', { platform: 'win32' })).toBe(
      'C:\\x\\mintmark.d\\ada.db',
    );
  });

  it.each(['', '.', '..', '../ada', 'a/b', 'a\\b', 'Ada', 'ada\n', 'a.b', '-a', '_a', 'é', 'a'.repeat(64)])(
    'is refused for the name %j',
    namespace => {
      expect(() => namespaceFile('/x/mintmark.db', namespace)).toThrowError(
        expect.objectContaining({ code: 'invalid' }),
      );
    },
  );
});
