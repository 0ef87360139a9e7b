import { Box, Typography } from '@mui/material';
import type { Room } from '@interoffice/contract';
import { PlainText } from '../PlainText.js';

type Fact = readonly [name: string, value: string];

const PRIVATE_MESSAGES = {
  anyone: 'everybody',
  participants: 'everybody with voice',
  moderators: 'moderators',
  none: 'nobody',
} as const;

const yes = (is: boolean): string => (is ? 'yes' : 'no');

/** How a room is set up, in groups as the form has them. */
export function SettingsSummary({ room }: { room: Room }) {
  return (
    <Box sx={{ display: 'grid', gap: 3, gridTemplateColumns: 'repeat(auto-fill, minmax(280px, 1fr))' }}>
      {groups(room).map(([title, facts]) => (
        <Box key={title}>
          <Typography variant="subtitle1" component="h4" sx={{ fontWeight: 600 }} gutterBottom>
            {title}
          </Typography>
          <Box
            component="dl"
            sx={{ m: 0, display: 'grid', gridTemplateColumns: '1fr auto', columnGap: 2, rowGap: 0.5 }}
          >
            {facts.map(([name, value]) => (
              <Line key={name} name={name} value={value} />
            ))}
          </Box>
        </Box>
      ))}
    </Box>
  );
}

function Line({ name, value }: { name: string; value: string }) {
  return (
    <>
      <Typography component="dt" variant="body2" sx={{ color: 'text.secondary' }}>
        {name}
      </Typography>
      <Typography component="dd" variant="body2" sx={{ m: 0, textAlign: 'right' }}>
        <PlainText text={value} />
      </Typography>
    </>
  );
}

function groups(room: Room): readonly (readonly [title: string, facts: readonly Fact[]])[] {
  const limit = room.maxUsers === 0 ? 'as the service allows' : String(room.maxUsers);
  return [
    [
      'Who comes in',
      [
        ['Members only', yes(room.membersOnly)],
        ['Found by who looks for rooms', yes(room.public)],
        ['Members invite', yes(room.membersInvite)],
        ['Password', yes(room.hasPassword)],
        ['Most people at once', limit],
      ],
    ],
    [
      'How people talk',
      [
        ['Moderated', yes(room.moderated)],
        ['Addresses seen by', room.nonAnonymous ? 'everybody' : 'moderators'],
        ['Subject set by', room.participantsSetSubject ? 'everybody with voice' : 'moderators'],
        ['Private messages', PRIVATE_MESSAGES[room.privateMessages]],
        ['Slow mode', room.slowModeSeconds === 0 ? 'off' : `${room.slowModeSeconds} s`],
      ],
    ],
    [
      'What is seen of it',
      [
        ['List of members', room.membersSeeMembers ? 'everybody' : 'administrators'],
        ['Read back', yes(room.historyReadable)],
        ['Messages shown at first', String(room.historyLength)],
        ['Language', room.language === '' ? '–' : room.language],
        ['Stays when empty', yes(room.persistent)],
      ],
    ],
  ];
}
