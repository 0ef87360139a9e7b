import type { RoomPlan } from './administration.js';

/** How the company sets up rooms of one kind. As the settings have it. */
export interface RoomTemplate {
  readonly name: string;
  /** Undefined: the office of who makes the room. */
  readonly office?: string;
  readonly description?: string;
  readonly membersOnly: boolean;
  readonly public: boolean;
  readonly moderated: boolean;
  readonly nonAnonymous: boolean;
  readonly membersInvite: boolean;
  /** Milliseconds between two messages of a participant; 0: none have to pass. */
  readonly slowMode: number;
}

/** The plan of a room of this kind. What its maker has said himself holds against the template. */
export function planWith(template: RoomTemplate, plan: RoomPlan): RoomPlan {
  const { office, description, membersInvite, slowMode } = template;
  const config = {
    ...(description === undefined ? {} : { description }),
    isMembersOnly: template.membersOnly,
    isPublic: template.public,
    isModerated: template.moderated,
    isNonAnonymous: template.nonAnonymous,
    membersInvite,
    // Slow mode is counted in whole seconds; half of one is not none. XEP-0500
    slowModeSeconds: Math.ceil(slowMode / 1000),
  };
  return { ...plan, office: plan.office ?? office, config: { ...config, ...plan.config } };
}
