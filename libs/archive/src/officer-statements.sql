-- as app
SELECT encode(int8send(first_id), 'hex') AS first, encode(int8send(last_id), 'hex') AS last FROM journal_search
     WHERE first_id + 0 < $2::bigint AND last_id > $1::bigint AND grams && $4::int[]
     ORDER BY first_id + 0 DESC FETCH FIRST ($3::int) ROWS WITH TIES;

-- as app
SELECT encode(int8send(first_id), 'hex') AS first, encode(int8send(last_id), 'hex') AS last FROM journal_search
     WHERE first_id + 0 < $2::bigint AND last_id > $1::bigint AND grams @> $4::int[]
     ORDER BY first_id + 0 DESC FETCH FIRST ($3::int) ROWS WITH TIES;

-- as app
SELECT encode(int8send(first_id), 'hex') AS first, encode(int8send(last_id), 'hex') AS last FROM journal_search
     WHERE first_id + 0 < $2::bigint AND last_id > $1::bigint AND grams @> $4::int[] AND grams && $5::int[]
     ORDER BY first_id + 0 DESC FETCH FIRST ($3::int) ROWS WITH TIES;

-- as app
SELECT encode(int8send(first_id), 'hex') AS first, encode(int8send(last_id), 'hex') AS last FROM journal_search
     WHERE first_id < $2::bigint AND last_id > $1::bigint
     ORDER BY first_id DESC FETCH FIRST ($3::int) ROWS WITH TIES;

-- as app
SELECT encode(int8send(first_id), 'hex') AS id FROM journal_search
     WHERE first_id = ANY ($1::bigint[]) AND get_byte(substring(signature, $2::int, 1), 0) & $3::int <> 0 AND get_byte(substring(signature, $4::int, 1), 0) & $5::int <> 0 AND get_byte(substring(signature, $6::int, 1), 0) & $7::int <> 0;

-- as app
SELECT encode(int8send(first_id), 'hex') AS id FROM journal_search
     WHERE first_id = ANY ($1::bigint[]) AND get_byte(substring(signature, $2::int, 1), 0) & $3::int <> 0;

-- as app
SELECT id FROM accounts WHERE jid = $1 UNION SELECT account_id FROM former_addresses WHERE jid = $1;

-- as app
SELECT id FROM accounts WHERE search LIKE $1 AND split_part(search, chr(10), 1) LIKE ALL ($2::text[])
  UNION SELECT account_id FROM account_names WHERE search LIKE $1 AND search LIKE ALL ($2::text[]);

-- as app
SELECT id FROM rooms WHERE jid = $1;

-- as app
WITH RECURSIVE inside AS (
      SELECT id FROM directory_groups WHERE lower(name) = lower($1)
      UNION
      SELECT m.member_group_id FROM inside i JOIN directory_group_members m ON m.group_id = i.id
       WHERE m.member_group_id IS NOT NULL)
  SELECT DISTINCT m.account_id AS id FROM inside i JOIN directory_group_members m ON m.group_id = i.id
   WHERE m.account_id IS NOT NULL
  UNION
  SELECT a.id FROM inside i JOIN directory_groups g ON g.id = i.id
    JOIN accounts a ON a.directory = g.directory AND a.primary_group = g.key AND a.primary_group IS NOT NULL;

-- as app
WITH block AS MATERIALIZED (
      SELECT ids, contents || '' AS contents FROM journal_search WHERE first_id = ANY ($1::bigint[]))
    SELECT encode(int8send(m.id), 'hex') AS id, NULL AS content
      FROM block CROSS JOIN LATERAL unnest(ids, string_to_array(contents, $4)) AS m (id, content)
     WHERE m.id > $2::bigint AND m.id < $3::bigint AND (strpos(m.content, $5) > 0 OR strpos(m.content, $6) > 0 OR strpos(m.content, $7) > 0 OR strpos(m.content, $8) > 0 OR strpos(m.content, $9) > 0 OR strpos(m.content, $10) > 0 OR strpos(m.content, $11) > 0 OR strpos(m.content, $12) > 0 OR strpos(m.content, $13) > 0 OR strpos(m.content, $14) > 0 OR strpos(m.content, $15) > 0) AND (strpos(m.content, $16) > 0) ORDER BY m.id DESC;

-- as app
WITH block AS MATERIALIZED (
      SELECT ids, contents || '' AS contents FROM journal_search WHERE first_id = ANY ($1::bigint[]))
    SELECT encode(int8send(m.id), 'hex') AS id, NULL AS content
      FROM block CROSS JOIN LATERAL unnest(ids, string_to_array(contents, $4)) AS m (id, content)
     WHERE m.id > $2::bigint AND m.id < $3::bigint AND (strpos(m.content, $5) > 0 OR strpos(m.content, $6) > 0 OR strpos(m.content, $7) > 0 OR strpos(m.content, $8) > 0 OR strpos(m.content, $9) > 0 OR strpos(m.content, $10) > 0 OR strpos(m.content, $11) > 0 OR strpos(m.content, $12) > 0 OR strpos(m.content, $13) > 0 OR strpos(m.content, $14) > 0 OR strpos(m.content, $15) > 0) ORDER BY m.id DESC;

-- as app
WITH block AS MATERIALIZED (
      SELECT ids, contents || '' AS contents FROM journal_search WHERE first_id = ANY ($1::bigint[]))
    SELECT encode(int8send(m.id), 'hex') AS id, NULL AS content
      FROM block CROSS JOIN LATERAL unnest(ids, string_to_array(contents, $4)) AS m (id, content)
     WHERE m.id > $2::bigint AND m.id < $3::bigint AND (strpos(m.content, $5) > 0 OR strpos(m.content, $6) > 0) AND (strpos(m.content, $7) > 0) ORDER BY m.id DESC;

-- as app
WITH block AS MATERIALIZED (
      SELECT ids, contents || '' AS contents FROM journal_search WHERE first_id = ANY ($1::bigint[]))
    SELECT encode(int8send(m.id), 'hex') AS id, NULL AS content
      FROM block CROSS JOIN LATERAL unnest(ids, string_to_array(contents, $4)) AS m (id, content)
     WHERE m.id > $2::bigint AND m.id < $3::bigint AND (strpos(m.content, $5) > 0 OR strpos(m.content, $6) > 0) ORDER BY m.id DESC;

-- as app
WITH block AS MATERIALIZED (
      SELECT ids, contents || '' AS contents FROM journal_search WHERE first_id = ANY ($1::bigint[]))
    SELECT encode(int8send(m.id), 'hex') AS id, NULL AS content
      FROM block CROSS JOIN LATERAL unnest(ids, string_to_array(contents, $4)) AS m (id, content)
     WHERE m.id > $2::bigint AND m.id < $3::bigint AND (strpos(m.content, $5) > 0) AND (strpos(m.content, $6) > 0) AND (strpos(m.content, $7) > 0) ORDER BY m.id DESC;

-- as app
WITH block AS MATERIALIZED (
      SELECT ids, contents || '' AS contents FROM journal_search WHERE first_id = ANY ($1::bigint[]))
    SELECT encode(int8send(m.id), 'hex') AS id, NULL AS content
      FROM block CROSS JOIN LATERAL unnest(ids, string_to_array(contents, $4)) AS m (id, content)
     WHERE m.id > $2::bigint AND m.id < $3::bigint AND (strpos(m.content, $5) > 0) AND (strpos(m.content, $6) > 0) ORDER BY m.id DESC;

-- as app
WITH block AS MATERIALIZED (
      SELECT ids, contents || '' AS contents FROM journal_search WHERE first_id = ANY ($1::bigint[]))
    SELECT encode(int8send(m.id), 'hex') AS id, NULL AS content
      FROM block CROSS JOIN LATERAL unnest(ids, string_to_array(contents, $4)) AS m (id, content)
     WHERE m.id > $2::bigint AND m.id < $3::bigint AND (strpos(m.content, $5) > 0) ORDER BY m.id DESC;

-- as app
WITH block AS MATERIALIZED (
      SELECT ids, contents || '' AS contents FROM journal_search WHERE first_id = ANY ($1::bigint[]))
    SELECT encode(int8send(m.id), 'hex') AS id, NULL AS content
      FROM block CROSS JOIN LATERAL unnest(ids, string_to_array(contents, $4)) AS m (id, content)
     WHERE m.id > $2::bigint AND m.id < $3::bigint AND strpos(block.contents, $5) > 0 AND strpos(m.content, $5) > 0 AND (strpos(m.content, $6) > 0 OR strpos(m.content, $7) > 0) AND (strpos(m.content, $8) > 0) ORDER BY m.id DESC;

-- as app
WITH block AS MATERIALIZED (
      SELECT ids, contents || '' AS contents FROM journal_search WHERE first_id = ANY ($1::bigint[]))
    SELECT encode(int8send(m.id), 'hex') AS id, NULL AS content
      FROM block CROSS JOIN LATERAL unnest(ids, string_to_array(contents, $4)) AS m (id, content)
     WHERE m.id > $2::bigint AND m.id < $3::bigint AND strpos(block.contents, $5) > 0 AND strpos(m.content, $5) > 0 AND (strpos(m.content, $6) > 0 OR strpos(m.content, $7) > 0) ORDER BY m.id DESC;

-- as app
WITH block AS MATERIALIZED (
      SELECT ids, contents || '' AS contents FROM journal_search WHERE first_id = ANY ($1::bigint[]))
    SELECT encode(int8send(m.id), 'hex') AS id, NULL AS content
      FROM block CROSS JOIN LATERAL unnest(ids, string_to_array(contents, $4)) AS m (id, content)
     WHERE m.id > $2::bigint AND m.id < $3::bigint AND strpos(block.contents, $5) > 0 AND strpos(m.content, $5) > 0 AND (strpos(m.content, $6) > 0) AND (strpos(m.content, $7) > 0) ORDER BY m.id DESC;

-- as app
WITH block AS MATERIALIZED (
      SELECT ids, contents || '' AS contents FROM journal_search WHERE first_id = ANY ($1::bigint[]))
    SELECT encode(int8send(m.id), 'hex') AS id, NULL AS content
      FROM block CROSS JOIN LATERAL unnest(ids, string_to_array(contents, $4)) AS m (id, content)
     WHERE m.id > $2::bigint AND m.id < $3::bigint AND strpos(block.contents, $5) > 0 AND strpos(m.content, $5) > 0 AND (strpos(m.content, $6) > 0) ORDER BY m.id DESC;

-- as app
WITH block AS MATERIALIZED (
      SELECT ids, contents || '' AS contents FROM journal_search WHERE first_id = ANY ($1::bigint[]))
    SELECT encode(int8send(m.id), 'hex') AS id, NULL AS content
      FROM block CROSS JOIN LATERAL unnest(ids, string_to_array(contents, $4)) AS m (id, content)
     WHERE m.id > $2::bigint AND m.id < $3::bigint AND strpos(block.contents, $5) > 0 AND strpos(m.content, $5) > 0 ORDER BY m.id DESC;

-- as app
WITH block AS MATERIALIZED (
      SELECT ids, contents || '' AS contents FROM journal_search WHERE first_id = ANY ($1::bigint[]))
    SELECT encode(int8send(m.id), 'hex') AS id, NULL AS content
      FROM block CROSS JOIN LATERAL unnest(ids, string_to_array(contents, $4)) AS m (id, content)
     WHERE m.id > $2::bigint AND m.id < $3::bigint ORDER BY m.id DESC;

-- as app
WITH block AS MATERIALIZED (
      SELECT ids, contents || '' AS contents FROM journal_search WHERE first_id = ANY ($1::bigint[]))
    SELECT encode(int8send(m.id), 'hex') AS id, m.content
      FROM block CROSS JOIN LATERAL unnest(ids, string_to_array(contents, $4)) AS m (id, content)
     WHERE m.id > $2::bigint AND m.id < $3::bigint AND strpos(block.contents, $5) > 0 AND strpos(m.content, $5) > 0 AND strpos(block.contents, $6) > 0 AND strpos(m.content, $6) > 0 AND (strpos(m.content, $7) > 0) ORDER BY m.id DESC;

-- as app
WITH block AS MATERIALIZED (
      SELECT ids, contents || '' AS contents FROM journal_search WHERE first_id = ANY ($1::bigint[]))
    SELECT encode(int8send(m.id), 'hex') AS id, m.content
      FROM block CROSS JOIN LATERAL unnest(ids, string_to_array(contents, $4)) AS m (id, content)
     WHERE m.id > $2::bigint AND m.id < $3::bigint AND strpos(block.contents, $5) > 0 AND strpos(m.content, $5) > 0 AND strpos(block.contents, $6) > 0 AND strpos(m.content, $6) > 0 ORDER BY m.id DESC;

-- as officer
SELECT author_id, receiver_id, author, receiver FROM officer_journal WHERE id = $1::bigint;

-- as officer
SELECT j.at, j.author, j.receiver, j.room, j.author_office, j.receiver_office, j.peer, j.kind, j.verdict
    FROM officer_journal j WHERE j.id = ANY ($1::bigint[]) AND j.kind < 5 AND (j.author_id = ANY ($3::bigint[]) OR j.receiver_id = ANY ($4::bigint[])) ORDER BY j.id DESC LIMIT $2;

-- as officer
SELECT j.at, j.author, j.receiver, j.room, j.author_office, j.receiver_office, j.peer, j.kind, j.verdict
    FROM officer_journal j WHERE j.id = ANY ($1::bigint[]) AND j.kind < 5 AND (j.author_id = ANY ($3::bigint[])) ORDER BY j.id DESC LIMIT $2;

-- as officer
SELECT j.at, j.author, j.receiver, j.room, j.author_office, j.receiver_office, j.peer, j.kind, j.verdict
    FROM officer_journal j WHERE j.id = ANY ($1::bigint[]) AND j.kind < 5 AND (j.author_office = $3 OR j.receiver_office = $4) ORDER BY j.id DESC LIMIT $2;

-- as officer
SELECT j.at, j.author, j.receiver, j.room, j.author_office, j.receiver_office, j.peer, j.kind, j.verdict
    FROM officer_journal j WHERE j.id = ANY ($1::bigint[]) AND j.kind < 5 AND (j.peer IS NULL) ORDER BY j.id DESC LIMIT $2;

-- as officer
SELECT j.at, j.author, j.receiver, j.room, j.author_office, j.receiver_office, j.peer, j.kind, j.verdict
    FROM officer_journal j WHERE j.id = ANY ($1::bigint[]) AND j.kind < 5 AND (j.receiver_id = ANY ($3::bigint[])) ORDER BY j.id DESC LIMIT $2;

-- as officer
SELECT j.at, j.author, j.receiver, j.room, j.author_office, j.receiver_office, j.peer, j.kind, j.verdict
    FROM officer_journal j WHERE j.id = ANY ($1::bigint[]) AND j.kind < 5 AND (j.room = $3::text OR j.receiver = $4::text) ORDER BY j.id DESC LIMIT $2;

-- as officer
SELECT j.at, j.author, j.receiver, j.room, j.author_office, j.receiver_office, j.peer, j.kind, j.verdict
    FROM officer_journal j WHERE j.id = ANY ($1::bigint[]) AND j.kind < 5 AND EXISTS (SELECT FROM officer_journal later WHERE later.about = j.id AND later.about IS NOT NULL) ORDER BY j.id DESC LIMIT $2;

-- as officer
SELECT j.at, j.author, j.receiver, j.room, j.author_office, j.receiver_office, j.peer, j.kind, j.verdict
    FROM officer_journal j WHERE j.id = ANY ($1::bigint[]) AND j.kind < 5 ORDER BY j.id DESC LIMIT $2;

-- as officer
SELECT lpad(to_hex(about), 16, '0') AS id FROM (
    SELECT DISTINCT about FROM officer_journal WHERE about IS NOT NULL AND about > $1::bigint AND about < $2::bigint
     ORDER BY about DESC LIMIT $3) changed;

-- as officer
SELECT lpad(to_hex(j.id), 16, '0') AS id, j.at, j.author, j.author_device, j.receiver, j.room, j.kind,
  j.verdict, j.body, j.stanza, lpad(to_hex(j.about), 16, '0') AS about,
  EXISTS (SELECT FROM officer_journal later WHERE later.about = j.id AND later.about IS NOT NULL) AS is_changed,
  coalesce(j.author_id = 0 AND split_part(j.author, '@', 2) <> j.peer, false) AS is_relayed FROM (
      (SELECT said.id FROM unnest($4::bigint[]) AS room (id) CROSS JOIN LATERAL
        (SELECT j.id FROM officer_journal j WHERE j.receiver_id = room.id AND j.receiver_id <> 0 AND j.id > $1::bigint AND j.id < $2::bigint AND j.kind < 5 AND (j.room = $6::text OR j.receiver = $7::text) ORDER BY j.id DESC LIMIT $3) said)
      UNION ALL
      (SELECT j.id FROM officer_journal j WHERE left(j.room, 256) = left($5::text, 256) AND j.room = $5::text
          AND j.room IS NOT NULL AND j.receiver_id >= 0 AND j.id > $1::bigint AND j.id < $2::bigint AND j.kind < 5 AND (j.room = $6::text OR j.receiver = $7::text) ORDER BY j.id DESC LIMIT $3)) found
    JOIN officer_journal j ON j.id = found.id ORDER BY j.id DESC LIMIT $3;

-- as officer
SELECT lpad(to_hex(j.id), 16, '0') AS id, j.at, j.author, j.author_device, j.receiver, j.room, j.kind,
  j.verdict, j.body, j.stanza, lpad(to_hex(j.about), 16, '0') AS about,
  EXISTS (SELECT FROM officer_journal later WHERE later.about = j.id AND later.about IS NOT NULL) AS is_changed,
  coalesce(j.author_id = 0 AND split_part(j.author, '@', 2) <> j.peer, false) AS is_relayed FROM (
      SELECT DISTINCT said.id FROM unnest($4::bigint[]) AS party (id) CROSS JOIN LATERAL (
        (SELECT j.id FROM officer_journal j WHERE j.author_id = party.id AND j.author_id <> 0 AND j.receiver_id >= 0 AND j.id > $1::bigint AND j.id < $2::bigint AND j.kind < 5 AND (j.author_id = ANY ($5::bigint[]) OR j.receiver_id = ANY ($6::bigint[])) ORDER BY j.id DESC LIMIT $3)
        UNION ALL (SELECT j.id FROM officer_journal j WHERE j.author_id = party.id AND j.author_id <> 0 AND j.receiver_id < 0 AND j.id > $1::bigint AND j.id < $2::bigint AND j.kind < 5 AND (j.author_id = ANY ($5::bigint[]) OR j.receiver_id = ANY ($6::bigint[])) ORDER BY j.id DESC LIMIT $3)
        UNION ALL (SELECT j.id FROM officer_journal j WHERE j.receiver_id = party.id AND j.receiver_id <> 0 AND j.id > $1::bigint AND j.id < $2::bigint AND j.kind < 5 AND (j.author_id = ANY ($5::bigint[]) OR j.receiver_id = ANY ($6::bigint[])) ORDER BY j.id DESC LIMIT $3)) said
       ORDER BY said.id DESC LIMIT $3) found
    JOIN officer_journal j ON j.id = found.id ORDER BY j.id DESC LIMIT $3;

-- as officer
SELECT lpad(to_hex(j.id), 16, '0') AS id, j.at, j.author, j.author_device, j.receiver, j.room, j.kind,
  j.verdict, j.body, j.stanza, lpad(to_hex(j.about), 16, '0') AS about,
  EXISTS (SELECT FROM officer_journal later WHERE later.about = j.id AND later.about IS NOT NULL) AS is_changed,
  coalesce(j.author_id = 0 AND split_part(j.author, '@', 2) <> j.peer, false) AS is_relayed FROM (
      SELECT DISTINCT said.id FROM unnest($4::bigint[]) AS party (id) CROSS JOIN LATERAL (
        (SELECT j.id FROM officer_journal j WHERE j.author_id = party.id AND j.author_id <> 0 AND j.receiver_id >= 0 AND j.id > $1::bigint AND j.id < $2::bigint AND j.kind < 5 AND (j.author_id = ANY ($5::bigint[])) ORDER BY j.id DESC LIMIT $3)
        UNION ALL (SELECT j.id FROM officer_journal j WHERE j.author_id = party.id AND j.author_id <> 0 AND j.receiver_id < 0 AND j.id > $1::bigint AND j.id < $2::bigint AND j.kind < 5 AND (j.author_id = ANY ($5::bigint[])) ORDER BY j.id DESC LIMIT $3)) said
       ORDER BY said.id DESC LIMIT $3) found
    JOIN officer_journal j ON j.id = found.id ORDER BY j.id DESC LIMIT $3;

-- as officer
SELECT lpad(to_hex(j.id), 16, '0') AS id, j.at, j.author, j.author_device, j.receiver, j.room, j.kind,
  j.verdict, j.body, j.stanza, lpad(to_hex(j.about), 16, '0') AS about,
  EXISTS (SELECT FROM officer_journal later WHERE later.about = j.id AND later.about IS NOT NULL) AS is_changed,
  coalesce(j.author_id = 0 AND split_part(j.author, '@', 2) <> j.peer, false) AS is_relayed FROM (
      SELECT DISTINCT said.id FROM unnest($4::bigint[]) AS party (id) CROSS JOIN LATERAL (
        (SELECT j.id FROM officer_journal j WHERE j.receiver_id = party.id AND j.receiver_id <> 0 AND j.id > $1::bigint AND j.id < $2::bigint AND j.kind < 5 AND (j.receiver_id = ANY ($5::bigint[])) ORDER BY j.id DESC LIMIT $3)) said
       ORDER BY said.id DESC LIMIT $3) found
    JOIN officer_journal j ON j.id = found.id ORDER BY j.id DESC LIMIT $3;

-- as officer
SELECT lpad(to_hex(j.id), 16, '0') AS id, j.at, j.author, j.author_device, j.receiver, j.room, j.kind,
  j.verdict, j.body, j.stanza, lpad(to_hex(j.about), 16, '0') AS about,
  EXISTS (SELECT FROM officer_journal later WHERE later.about = j.id AND later.about IS NOT NULL) AS is_changed,
  coalesce(j.author_id = 0 AND split_part(j.author, '@', 2) <> j.peer, false) AS is_relayed FROM (
      SELECT id FROM ((SELECT j.id FROM officer_journal j WHERE j.id < $1::bigint AND j.kind < 5 AND j.receiver_id = $3::bigint AND j.receiver_id <> 0 ORDER BY j.id DESC LIMIT $2)) said ORDER BY id DESC LIMIT $2) found
    JOIN officer_journal j ON j.id = found.id ORDER BY j.id DESC;

-- as officer
SELECT lpad(to_hex(j.id), 16, '0') AS id, j.at, j.author, j.author_device, j.receiver, j.room, j.kind,
  j.verdict, j.body, j.stanza, lpad(to_hex(j.about), 16, '0') AS about,
  EXISTS (SELECT FROM officer_journal later WHERE later.about = j.id AND later.about IS NOT NULL) AS is_changed,
  coalesce(j.author_id = 0 AND split_part(j.author, '@', 2) <> j.peer, false) AS is_relayed FROM (
      SELECT id FROM ((SELECT j.id FROM officer_journal j WHERE j.id > $1::bigint AND j.kind < 5 AND j.receiver_id = $3::bigint AND j.receiver_id <> 0 ORDER BY j.id ASC LIMIT $2)) said ORDER BY id ASC LIMIT $2) found
    JOIN officer_journal j ON j.id = found.id ORDER BY j.id ASC;

-- as officer
SELECT lpad(to_hex(j.id), 16, '0') AS id, j.at, j.author, j.author_device, j.receiver, j.room, j.kind,
  j.verdict, j.body, j.stanza, lpad(to_hex(j.about), 16, '0') AS about,
  EXISTS (SELECT FROM officer_journal later WHERE later.about = j.id AND later.about IS NOT NULL) AS is_changed,
  coalesce(j.author_id = 0 AND split_part(j.author, '@', 2) <> j.peer, false) AS is_relayed FROM officer_journal j WHERE j.id = $1::bigint;

-- as officer
SELECT lpad(to_hex(j.id), 16, '0') AS id, j.at, j.author, j.author_device, j.receiver, j.room, j.kind,
  j.verdict, j.body, j.stanza, lpad(to_hex(j.about), 16, '0') AS about,
  EXISTS (SELECT FROM officer_journal later WHERE later.about = j.id AND later.about IS NOT NULL) AS is_changed,
  coalesce(j.author_id = 0 AND split_part(j.author, '@', 2) <> j.peer, false) AS is_relayed FROM officer_journal j WHERE j.id = ANY ($1::bigint[]) AND j.kind < 5 AND (j.author_id = ANY ($3::bigint[]) OR j.receiver_id = ANY ($4::bigint[])) ORDER BY j.id DESC LIMIT $2;

-- as officer
SELECT lpad(to_hex(j.id), 16, '0') AS id, j.at, j.author, j.author_device, j.receiver, j.room, j.kind,
  j.verdict, j.body, j.stanza, lpad(to_hex(j.about), 16, '0') AS about,
  EXISTS (SELECT FROM officer_journal later WHERE later.about = j.id AND later.about IS NOT NULL) AS is_changed,
  coalesce(j.author_id = 0 AND split_part(j.author, '@', 2) <> j.peer, false) AS is_relayed FROM officer_journal j WHERE j.id = ANY ($1::bigint[]) AND j.kind < 5 AND (j.author_id = ANY ($3::bigint[])) ORDER BY j.id DESC LIMIT $2;

-- as officer
SELECT lpad(to_hex(j.id), 16, '0') AS id, j.at, j.author, j.author_device, j.receiver, j.room, j.kind,
  j.verdict, j.body, j.stanza, lpad(to_hex(j.about), 16, '0') AS about,
  EXISTS (SELECT FROM officer_journal later WHERE later.about = j.id AND later.about IS NOT NULL) AS is_changed,
  coalesce(j.author_id = 0 AND split_part(j.author, '@', 2) <> j.peer, false) AS is_relayed FROM officer_journal j WHERE j.id = ANY ($1::bigint[]) AND j.kind < 5 AND (j.author_office = $3 OR j.receiver_office = $4) ORDER BY j.id DESC LIMIT $2;

-- as officer
SELECT lpad(to_hex(j.id), 16, '0') AS id, j.at, j.author, j.author_device, j.receiver, j.room, j.kind,
  j.verdict, j.body, j.stanza, lpad(to_hex(j.about), 16, '0') AS about,
  EXISTS (SELECT FROM officer_journal later WHERE later.about = j.id AND later.about IS NOT NULL) AS is_changed,
  coalesce(j.author_id = 0 AND split_part(j.author, '@', 2) <> j.peer, false) AS is_relayed FROM officer_journal j WHERE j.id = ANY ($1::bigint[]) AND j.kind < 5 AND (j.peer IS NULL) ORDER BY j.id DESC LIMIT $2;

-- as officer
SELECT lpad(to_hex(j.id), 16, '0') AS id, j.at, j.author, j.author_device, j.receiver, j.room, j.kind,
  j.verdict, j.body, j.stanza, lpad(to_hex(j.about), 16, '0') AS about,
  EXISTS (SELECT FROM officer_journal later WHERE later.about = j.id AND later.about IS NOT NULL) AS is_changed,
  coalesce(j.author_id = 0 AND split_part(j.author, '@', 2) <> j.peer, false) AS is_relayed FROM officer_journal j WHERE j.id = ANY ($1::bigint[]) AND j.kind < 5 AND (j.receiver_id = ANY ($3::bigint[])) ORDER BY j.id DESC LIMIT $2;

-- as officer
SELECT lpad(to_hex(j.id), 16, '0') AS id, j.at, j.author, j.author_device, j.receiver, j.room, j.kind,
  j.verdict, j.body, j.stanza, lpad(to_hex(j.about), 16, '0') AS about,
  EXISTS (SELECT FROM officer_journal later WHERE later.about = j.id AND later.about IS NOT NULL) AS is_changed,
  coalesce(j.author_id = 0 AND split_part(j.author, '@', 2) <> j.peer, false) AS is_relayed FROM officer_journal j WHERE j.id = ANY ($1::bigint[]) AND j.kind < 5 AND (j.room = $3::text OR j.receiver = $4::text) ORDER BY j.id DESC LIMIT $2;

-- as officer
SELECT lpad(to_hex(j.id), 16, '0') AS id, j.at, j.author, j.author_device, j.receiver, j.room, j.kind,
  j.verdict, j.body, j.stanza, lpad(to_hex(j.about), 16, '0') AS about,
  EXISTS (SELECT FROM officer_journal later WHERE later.about = j.id AND later.about IS NOT NULL) AS is_changed,
  coalesce(j.author_id = 0 AND split_part(j.author, '@', 2) <> j.peer, false) AS is_relayed FROM officer_journal j WHERE j.id = ANY ($1::bigint[]) AND j.kind < 5 AND EXISTS (SELECT FROM officer_journal later WHERE later.about = j.id AND later.about IS NOT NULL) ORDER BY j.id DESC LIMIT $2;

-- as officer
SELECT lpad(to_hex(j.id), 16, '0') AS id, j.at, j.author, j.author_device, j.receiver, j.room, j.kind,
  j.verdict, j.body, j.stanza, lpad(to_hex(j.about), 16, '0') AS about,
  EXISTS (SELECT FROM officer_journal later WHERE later.about = j.id AND later.about IS NOT NULL) AS is_changed,
  coalesce(j.author_id = 0 AND split_part(j.author, '@', 2) <> j.peer, false) AS is_relayed FROM officer_journal j WHERE j.id = ANY ($1::bigint[]) AND j.kind < 5 ORDER BY j.id DESC LIMIT $2;

-- as officer
SELECT lpad(to_hex(j.id), 16, '0') AS id, j.at, j.author, j.author_device, j.receiver, j.room, j.kind,
  j.verdict, j.body, j.stanza, lpad(to_hex(j.about), 16, '0') AS about,
  EXISTS (SELECT FROM officer_journal later WHERE later.about = j.id AND later.about IS NOT NULL) AS is_changed,
  coalesce(j.author_id = 0 AND split_part(j.author, '@', 2) <> j.peer, false) AS is_relayed FROM officer_journal j WHERE j.id = ANY ($1::bigint[]) AND j.kind < 5 ORDER BY j.id;

-- as officer
SELECT lpad(to_hex(j.id), 16, '0') AS id, j.at, j.author, j.author_device, j.receiver, j.room, j.kind,
  j.verdict, j.body, j.stanza, lpad(to_hex(j.about), 16, '0') AS about,
  EXISTS (SELECT FROM officer_journal later WHERE later.about = j.id AND later.about IS NOT NULL) AS is_changed,
  coalesce(j.author_id = 0 AND split_part(j.author, '@', 2) <> j.peer, false) AS is_relayed FROM officer_journal j WHERE j.id = ANY ($1::bigint[]) ORDER BY j.id;

-- as officer
SELECT lpad(to_hex(j.id), 16, '0') AS id, j.at, j.author, j.author_device, j.receiver, j.room, j.kind,
  j.verdict, j.body, j.stanza, lpad(to_hex(j.about), 16, '0') AS about,
  EXISTS (SELECT FROM officer_journal later WHERE later.about = j.id AND later.about IS NOT NULL) AS is_changed,
  coalesce(j.author_id = 0 AND split_part(j.author, '@', 2) <> j.peer, false) AS is_relayed FROM officer_journal j WHERE j.id > $1::bigint AND j.id < $2::bigint AND j.kind < 5 AND (j.peer IS NULL) ORDER BY j.id DESC LIMIT $3;

-- as officer
SELECT lpad(to_hex(j.id), 16, '0') AS id, j.at, j.author, j.author_device, j.receiver, j.room, j.kind,
  j.verdict, j.body, j.stanza, lpad(to_hex(j.about), 16, '0') AS about,
  EXISTS (SELECT FROM officer_journal later WHERE later.about = j.id AND later.about IS NOT NULL) AS is_changed,
  coalesce(j.author_id = 0 AND split_part(j.author, '@', 2) <> j.peer, false) AS is_relayed FROM officer_journal j WHERE j.id > $1::bigint AND j.id < $2::bigint AND j.kind < 5 ORDER BY j.id DESC LIMIT $3;

-- as officer
WITH RECURSIVE known AS (
      (SELECT receiver_id AS id FROM officer_presence
        WHERE kind >= 5 AND left(receiver, 256) = left($1::text, 256) AND receiver = $1::text
        ORDER BY receiver_id LIMIT 1)
      UNION ALL
      SELECT (SELECT receiver_id FROM officer_presence
               WHERE kind >= 5 AND left(receiver, 256) = left($1::text, 256) AND receiver = $1::text AND receiver_id > k.id
               ORDER BY receiver_id LIMIT 1)
        FROM known k WHERE k.id IS NOT NULL)
  SELECT id FROM known WHERE id IS NOT NULL;

-- as officer
WITH RECURSIVE older AS (
      SELECT id, about, 0 AS step FROM officer_journal WHERE id = $1::bigint
      UNION ALL
      SELECT j.id, j.about, o.step + 1 FROM older o JOIN officer_journal j ON j.id = o.about WHERE o.step < 64),
    versions AS (
      (SELECT id, 0 AS step FROM older ORDER BY older.step DESC LIMIT 1)
      UNION ALL
      SELECT j.id, v.step + 1 FROM versions v JOIN officer_journal j ON j.about = v.id AND j.about IS NOT NULL
       WHERE v.step < 64)
  SELECT DISTINCT lpad(to_hex(id), 16, '0') AS id FROM versions ORDER BY 1 LIMIT $2;

-- as reader
SELECT encode(int8send(said.id), 'hex') AS id
      FROM unnest($1::bigint[], $2::bigint[]) AS block (first_id, last_id)
     CROSS JOIN unnest($3::bigint[]) AS party (id)
     CROSS JOIN LATERAL (SELECT j.id FROM journal j WHERE j.author_id = party.id AND j.author_id <> 0 AND j.receiver_id >= 0 AND j.id >= block.first_id AND j.id <= block.last_id
       UNION ALL SELECT j.id FROM journal j WHERE j.author_id = party.id AND j.author_id <> 0 AND j.receiver_id < 0 AND j.id >= block.first_id AND j.id <= block.last_id
       UNION ALL SELECT j.id FROM journal j WHERE j.receiver_id = party.id AND j.receiver_id <> 0 AND j.id >= block.first_id AND j.id <= block.last_id) said
     WHERE said.id > $4::bigint AND said.id < $5::bigint LIMIT 1025;

-- as reader
SELECT lpad(to_hex(id), 16, '0') AS id FROM ((SELECT id FROM journal WHERE author_id = $3::bigint AND author_id <> 0 AND receiver_id >= 0
        AND receiver_id = $4::bigint AND id < $1::bigint ORDER BY id DESC LIMIT $2)
      UNION (SELECT id FROM journal WHERE author_id = $4::bigint AND author_id <> 0 AND receiver_id >= 0
        AND receiver_id = $3::bigint AND id < $1::bigint ORDER BY id DESC LIMIT $2)) said ORDER BY said.id DESC LIMIT $2;

-- as reader
SELECT lpad(to_hex(id), 16, '0') AS id FROM ((SELECT id FROM journal WHERE author_id = $3::bigint AND author_id <> 0 AND receiver_id >= 0
        AND receiver_id = $4::bigint AND id > $1::bigint ORDER BY id ASC LIMIT $2)
      UNION (SELECT id FROM journal WHERE author_id = $4::bigint AND author_id <> 0 AND receiver_id >= 0
        AND receiver_id = $3::bigint AND id > $1::bigint ORDER BY id ASC LIMIT $2)) said ORDER BY said.id ASC LIMIT $2;

-- as reader
SELECT lpad(to_hex(max(id)), 16, '0') AS id FROM journal;
