import type { Entry } from 'ldapts';
import { ExtensibleFilter, PresenceFilter } from 'ldapts';
import { photoOf } from '../../photo.js';
import { bytesOf, idOf, isBinaryId, textOf } from '../entry.js';
import { readFilter } from '../filter.js';
import { basesOf } from '../source-options.js';
import type { Examined } from './examination.js';
import { bad, good, type Finding, LONGEST_STEP_MS, type Step, warning } from './finding.js';

const IN_CHAIN = '1.2.840.113556.1.4.1941';
const PAGE_SIZE = 200;
const PHOTOS_LOOKED_AT = 20;
/** What roster photos are usually cut to; larger ones only cost everybody time. */
const LARGE_PHOTO_BYTES = 200_000;

/** Whether the source finds people with all they need, and can follow their groups. */
export function peopleSteps(examined: Examined): readonly Step[] {
  const { options } = examined;
  const remedy = 'Check base, filter and attributes of the source, and what the service account may read.';
  return [
    ...basesOf(options).map((base) => ({
      name: `people below ${base}`,
      remedy,
      look: () => countPeople(base, examined),
    })),
    { name: 'nested groups', remedy, look: () => nestedGroups(examined) },
    { name: 'large groups', remedy, look: () => ranges(examined) },
    { name: 'photos', remedy, look: () => photos(examined) },
  ];
}

async function countPeople(base: string, { options, pool }: Examined): Promise<Omit<Finding, 'name'>> {
  const { id, login } = options.attributes;
  const deadline = performance.now() + LONGEST_STEP_MS * 0.8;
  let [count, withoutId, withoutLogin, isWhole] = [0, 0, 0, true];
  await pool.use(async (connection) => {
    const paged = { pageSize: PAGE_SIZE };
    const binary = isBinaryId(id) ? [id, id.toLowerCase()] : [];
    const search = { scope: 'sub' as const, filter: readFilter(options.filter), attributes: [id, login], paged };
    for await (const page of connection.pages(base, { ...search, explicitBufferAttributes: binary })) {
      count += page.length;
      withoutId += page.filter((entry) => idOf(entry, id) === undefined).length;
      withoutLogin += page.filter((entry) => textOf(entry, login) === undefined).length;
      isWhole = performance.now() < deadline;
      if (!isWhole) break;
    }
  });
  const detail = `${isWhole ? '' : 'at least '}${count} people; ${withoutId} without ${id}, ${withoutLogin} without ${login}`;
  if (count === 0) return bad(`the filter ${options.filter} finds nobody`, 'Check base and filter of the source.');
  if (withoutId === count)
    return bad(detail, `The service account must be allowed to read ${id}: set kind or attributes.`);
  return withoutId + withoutLogin > 0
    ? warning(detail, 'These cannot log in; narrow the filter, or let the service account read the attributes.')
    : good(detail);
}

/** Asks for a group by one of its members, in the way in which log-ins ask. */
async function nestedGroups(examined: Examined): Promise<Omit<Finding, 'name'>> {
  const { options, pool } = examined;
  const group = await someGroup(examined);
  const member = group && textOf(group, 'member');
  if (!group || member === undefined) return good('not tried: no group with members was found');
  if (options.kind !== 'active-directory')
    return good(`groups are followed one by one; ${group.dn} was found by its member`);
  const filter = new ExtensibleFilter({ matchType: 'memberOf', rule: IN_CHAIN, value: group.dn });
  const found = await pool.use((connection) =>
    connection.search(member, { scope: 'base', filter, attributes: ['1.1'] }),
  );
  return found.length > 0
    ? good(`the in-chain rule finds ${member} in ${group.dn}`)
    : warning(`the in-chain rule does not find ${member} in ${group.dn}`, 'Check what the service account may read.');
}

async function someGroup({ options, pool }: Examined): Promise<Entry | undefined> {
  const bases = [options.groupBase ?? [], basesOf(options)].flat();
  const filter = new PresenceFilter({ attribute: 'member' });
  for (const base of bases) {
    const search = { scope: 'sub' as const, filter, attributes: ['member'], sizeLimit: 1 };
    const [group] = await pool.use((connection) => connection.search(base, search));
    if (group) return group;
  }
  return undefined;
}

async function ranges(examined: Examined): Promise<Omit<Finding, 'name'>> {
  if (examined.options.kind !== 'active-directory') return good('this kind of directory gives all members at once');
  const group = await someGroup(examined);
  if (!group) return good('not tried: no group with members was found');
  const search = { scope: 'base' as const, attributes: ['member;range=0-0'] };
  const [ranged] = await examined.pool.use((connection) => connection.search(group.dn, search));
  return Object.keys(ranged ?? {}).some((key) => /^member;range=/i.test(key))
    ? good(`members of ${group.dn} are given by ranges`)
    : warning(`no ranges are given of ${group.dn}`, 'Groups of more than 1,500 members may be read only in part.');
}

async function photos({ options, pool }: Examined): Promise<Omit<Finding, 'name'>> {
  const { photo } = options.attributes;
  const filter = new PresenceFilter({ attribute: photo });
  const search = { scope: 'sub' as const, filter, attributes: [photo], sizeLimit: PHOTOS_LOOKED_AT };
  const explicitBufferAttributes = [photo, photo.toLowerCase()];
  const [base = ''] = basesOf(options);
  const found = await pool.use((connection) => connection.search(base, { ...search, explicitBufferAttributes }));
  return photoFinding(found.map((entry) => bytesOf(entry, photo)).filter((bytes) => bytes !== undefined));
}

function photoFinding(all: readonly Buffer[]): Omit<Finding, 'name'> {
  if (all.length === 0) return good('nobody has one that the service account may read');
  const types = new Set(all.map((bytes) => photoOf(bytes)?.type ?? 'neither JPEG nor PNG, or larger than 1 MB'));
  const largest = Math.max(...all.map(({ length }) => length));
  const detail = `${all.length} looked at: ${[...types].join(', ')}; the largest has ${Math.ceil(largest / 1000)} kB`;
  if (all.some((bytes) => !photoOf(bytes)))
    return warning(detail, 'Photos that are no JPEG or PNG of at most 1 MB are left out.');
  return largest > LARGE_PHOTO_BYTES
    ? warning(detail, 'Smaller photos are enough: they are shown at 512 pixels at most.')
    : good(detail);
}
