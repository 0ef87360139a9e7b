/** The roles the application connects as. They belong to the whole server, so another database may have made them. */
export const roles = `
DO $$
DECLARE role text;
BEGIN
  FOREACH role IN ARRAY ARRAY['interoffice_app', 'interoffice_writer', 'interoffice_reader', 'interoffice_officer',
                              'interoffice_disposer'] LOOP
    BEGIN
      EXECUTE format('CREATE ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOINHERIT', role);
    EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
    END;
  END LOOP;
END $$;
CREATE EXTENSION IF NOT EXISTS pg_trgm;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO interoffice_app, interoffice_writer, interoffice_reader, interoffice_officer,
  interoffice_disposer;
`;
