import type { PeerDetail } from '@interoffice/contract';

/** The stations on the way to a peer, as they are shown. */
export const STEPS = [
  'resolve',
  'proxy',
  'connect',
  'tls',
  'certificate',
  'features',
  'authentication',
  'policy',
] as const;
export type Step = (typeof STEPS)[number];

export const STEP_NAMES = {
  resolve: 'Resolve',
  proxy: 'Proxy, if set',
  connect: 'Connect',
  tls: 'TLS',
  certificate: 'Certificate',
  features: 'Features',
  authentication: 'Authentication',
  policy: 'Policy',
} as const satisfies Record<Step, string>;

/** `open`: nobody came so far. */
export type StepState = 'done' | 'failed' | 'open';

/** Under which station a stage of an attempt is shown. What ends before TLS has begun has not passed TLS. */
export function stepOf(stage: string): Step {
  if (stage === 'stream') return 'tls';
  return STEPS.find((step) => step === stage) ?? 'features';
}

/** How far the latest try came. Who is denied is not tried at all. */
export function stepsOf({ state, attempts }: Pick<PeerDetail, 'state' | 'attempts'>): readonly StepState[] {
  const [latest] = attempts;
  if (state === 'denied') return STEPS.map((step) => (step === 'policy' ? 'failed' : 'open'));
  if (!latest) return STEPS.map(() => 'open');
  if (latest.code === 'ok') return STEPS.map(() => 'done');
  const failed = STEPS.indexOf(stepOf(latest.stage));
  return STEPS.map((_, at) => (at < failed ? 'done' : at === failed ? 'failed' : 'open'));
}
