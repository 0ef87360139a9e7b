import { Status } from '@interoffice/contract';
import { useQuery } from '@tanstack/react-query';
import { ask } from '../http.js';

const LOOK_EVERY_MS = 5000;

/** Whether each part works, looked at every five seconds; one question for all places that show it. */
export function useStatus(isWanted = true) {
  return useQuery({
    queryKey: ['status'],
    queryFn: () => ask(Status, '/status'),
    refetchInterval: LOOK_EVERY_MS,
    retry: false,
    enabled: isWanted,
  });
}
