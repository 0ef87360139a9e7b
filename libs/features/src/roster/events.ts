import { declareEvents } from '@interoffice/telemetry';

declareEvents('roster', {
  'roster.team.large':
    'A team brings more people together than its setting `most` says: it puts nobody into rosters, people are found by search.',
});
