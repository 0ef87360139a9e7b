import { type Room, RoomChange } from '@interoffice/contract';

/** What the form of settings knows beside the settings themselves. */
export type RoomForm = Partial<Room> & { readonly password?: string; readonly noPassword?: boolean };

/** What the form says otherwise than the room. */
export function changeOf({ password, noPassword, ...form }: RoomForm, before: RoomForm): RoomChange {
  const keys = Object.keys(RoomChange.shape).filter((key) => key !== 'password') as (keyof Room)[];
  // An empty field of a form is null.
  const wanted = keys.map((key) => [key, form[key] ?? (typeof before[key] === 'string' ? '' : before[key])]);
  const changed = wanted.filter(([key, value]) => value !== undefined && value !== before[key as keyof Room]);
  const secret = noPassword === true ? { password: null } : (password ?? '') === '' ? {} : { password };
  return { ...Object.fromEntries(changed), ...secret };
}
