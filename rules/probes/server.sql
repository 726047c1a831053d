select pg_catalog.pg_is_in_recovery() as "in_recovery",
       -- reset_val is what a new session of this user gets; the session that asks has set its own.
       (select s.reset_val = 'on' from pg_catalog.pg_settings s
         where s.name = 'default_transaction_read_only') as "read_only_default",
       (select c.system_identifier::text from pg_catalog.pg_control_system() c) as "system_identifier",
       pg_catalog.pg_postmaster_start_time()::text as "started_at",
       pg_catalog.current_setting('ssl') = 'on' as "ssl_enabled",
       coalesce((select s.setting from pg_catalog.pg_settings s
                  where s.name = 'ssl_min_protocol_version'), '') as "ssl_min_protocol"
