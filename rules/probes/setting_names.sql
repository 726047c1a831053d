select s.name as "name", s.context as "context" from pg_catalog.pg_settings s
union all
-- The view leaves out what ALTER ROLE ... SET accepts in every version all the same (GUC_NO_SHOW_ALL).
select hidden.name, 'user' from pg_catalog.unnest(array['role', 'seed', 'session_authorization']) as hidden (name)
 order by 1
