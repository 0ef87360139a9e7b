/** What only the journal's rows about rooms hold: settings, the server's start, who was there all the while. */
export const ROOM_RECORD = 'urn:interoffice:room';
