import { createHash, createHmac } from 'node:crypto';
import type { Role } from '../directory.js';
import { portrait } from './portrait.js';

/** One invented person of the sample directory. */
export interface SamplePerson {
  readonly uid: string;
  readonly given: string;
  readonly family: string;
  readonly display: string;
  readonly office: 'Berlin' | 'Tokyo' | 'São Paulo';
  readonly department: string;
  readonly title: string;
  readonly phone: string;
  /** Stable over all starts and all machines. */
  readonly entryUuid: string;
  readonly photo: Buffer;
  readonly groups: readonly string[];
  readonly role: Role;
}

interface Office {
  readonly name: SamplePerson['office'];
  readonly prefix: string;
  /** Given and family names; behind a colon how the log-in name spells it, where that differs. */
  readonly given: readonly string[];
  readonly family: readonly string[];
  readonly display: (given: string, family: string) => string;
}

const western = (given: string, family: string): string => `${given} ${family}`;

const OFFICES: readonly Office[] = [
  {
    name: 'Berlin',
    prefix: '+49 30 5550',
    given: [
      'Anna',
      'Jonas',
      'Mia',
      'Jürgen:juergen',
      'Käthe:kaethe',
      'Emil',
      'Greta',
      'Fritz',
      'Lena',
      'Björn:bjoern',
      'Ida',
    ],
    family: ['Berg', 'Müller:mueller', 'Schäfer:schaefer', 'Vogel', 'Lindner', 'Groß:gross', 'Krämer:kraemer'],
    display: western,
  },
  {
    name: 'Tokyo',
    prefix: '+81 3 5550',
    given: [
      '花子:hanako',
      '太郎:taro',
      '美咲:misaki',
      '健太:kenta',
      '陽菜:hina',
      '翔:sho',
      '葵:aoi',
      '蓮:ren',
      '結衣:yui',
      '大輔:daisuke',
    ],
    family: ['佐藤:sato', '鈴木:suzuki', '高橋:takahashi', '田中:tanaka', '渡辺:watanabe', '伊藤:ito', '山本:yamamoto'],
    display: (given, family) => `${family} ${given}`,
  },
  {
    name: 'São Paulo',
    prefix: '+55 11 5550',
    given: [
      'João:joao',
      'Conceição:conceicao',
      'Ana',
      'Luís:luis',
      'Beatriz',
      'Tiago',
      'Inês:ines',
      'Caio',
      'Júlia:julia',
      'Rui',
    ],
    family: ['Gonçalves:goncalves', 'Araújo:araujo', 'Silva', 'Souza', 'Magalhães:magalhaes', 'Pereira'],
    display: western,
  },
];

const DEPARTMENTS = ['Sales', 'Engineering', 'Finance', 'Legal', 'Support', 'Research'] as const;
const TITLES = ['Associate', 'Specialist', 'Lead', 'Head'] as const;

/** The number of people, the three special ones included. */
export const SAMPLE_SIZE = 200;

/**
 * The invented people of the sample directory, always the same: `anna.berg` (employee), `admin` (administrator),
 * `olga.officer` (compliance officer), and colleagues in Berlin, Tokyo and São Paulo.
 */
export function samplePeople(): readonly SamplePerson[] {
  const colleagues = OFFICES.flatMap((office) =>
    office.family.flatMap((family) => office.given.map((given) => ({ office, given, family }))),
  );
  // Taking them in turns fills the three offices evenly, though they have different numbers of names.
  const inTurns = colleagues
    .map((person, index) => ({ person, rank: createHash('sha256').update(`colleague ${index}`).digest('hex') }))
    .sort((a, b) => (a.rank < b.rank ? -1 : 1))
    .map(({ person }) => person);
  const anna = inTurns.find(({ given, family }) => given === 'Anna' && family === 'Berg');
  const others = inTurns.filter((person) => person !== anna).slice(0, SAMPLE_SIZE - 3);
  return [
    ...special(),
    ...(anna ? [colleague(anna, 0)] : []),
    ...others.map((person, index) => colleague(person, index + 1)),
  ];
}

/** The password of a sample person: always the same for one secret, unknown without it. */
export function samplePassword(secret: Buffer, uid: string): string {
  const digits = createHmac('sha256', secret).update(`password of ${uid}`).digest().toString('base64url');
  return digits.replaceAll(/[^a-zA-Z0-9]/g, '').slice(0, 16);
}

function special(): SamplePerson[] {
  const admin = { given: 'Ada', family: 'Admin', title: 'Administrator', department: 'IT', role: 'admin' as const };
  const officer = {
    given: 'Olga',
    family: 'Officer',
    title: 'Compliance Officer',
    department: 'Legal',
    role: 'officer' as const,
  };
  return [
    {
      ...described({ uid: 'admin', office: OFFICES[0]!, seed: 5 }),
      ...admin,
      display: 'Ada Admin',
      groups: ['it', 'berlin'],
    },
    {
      ...described({ uid: 'olga.officer', office: OFFICES[0]!, seed: 4 }),
      ...officer,
      display: 'Olga Officer',
      groups: ['compliance', 'berlin'],
    },
  ].map((person) => ({ ...person, photo: portrait(person.given[0]! + person.family[0]!, person.seed) }));
}

function colleague(
  { office, given, family }: { office: Office; given: string; family: string },
  index: number,
): SamplePerson {
  const [givenName, givenPlain] = spellings(given);
  const [familyName, familyPlain] = spellings(family);
  const uid = `${givenPlain}.${familyPlain}`;
  const department = DEPARTMENTS[index % DEPARTMENTS.length]!;
  return {
    ...described({ uid, office, seed: index }),
    given: givenName,
    family: familyName,
    display: office.display(givenName, familyName),
    department,
    title: `${department} ${TITLES[Math.floor(index / DEPARTMENTS.length) % TITLES.length]!}`,
    photo: portrait(givenPlain[0]! + familyPlain[0]!, index),
    groups: [department.toLowerCase(), office.name.toLowerCase()],
    role: 'employee',
  };
}

function described({ uid, office, seed }: { uid: string; office: Office; seed: number }) {
  const extension = String(1000 + seed);
  return { uid, seed, office: office.name, phone: `${office.prefix} ${extension}`, entryUuid: stableUuid(uid) };
}

function spellings(name: string): [string, string] {
  const [written, plain] = name.split(':');
  return [written!, plain ?? written!.toLowerCase()];
}

/** RFC 9562 §5.8: version 8, from a hash. */
export function stableUuid(uid: string): string {
  const bytes = createHash('sha256').update(`sample entry ${uid}`).digest().subarray(0, 16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x80;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
