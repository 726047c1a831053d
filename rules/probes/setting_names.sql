with known as (
  select s.name, s.context, s.vartype, coalesce(s.unit, '') as unit, coalesce(s.min_val, '') as min, coalesce(s.max_val, '') as max, s.enumvals as words
    from pg_catalog.pg_settings s
  union all
  -- The view leaves out what ALTER ROLE ... SET accepts in every version all the same (GUC_NO_SHOW_ALL).
  select h.name, 'user', h.vartype, '', h.min, h.max, h.words
    from (values ('role', 'string', '', '', null::text[]), ('session_authorization', 'string', '', '', null), ('seed', 'real', '-1', '1', null),
                 ('ssl_renegotiation_limit', 'integer', '0', '0', null),
                 ('default_with_oids', 'enum', '', '', array['off', 'of', 'false', 'fals', 'fal', 'fa', 'f', 'no', 'n', '0'])) as h (name, vartype, min, max, words)
   where not exists (select from pg_catalog.pg_settings s where s.name = h.name)
  union all
  -- Names of modules, with rights of their own.
  select a.parname, 'module', 'string', '', '', '', null
    from pg_catalog.pg_parameter_acl a
   where a.parname like '%.%' and not exists (select from pg_catalog.pg_settings s where pg_catalog.lower(s.name) = a.parname)
)
select k.name as "name", k.context as "context", k.vartype as "vartype", k.unit as "unit", k.min as "min", k.max as "max",
       -- Words that enums take and do not name. Source: the tables of config_enum_entry in guc_tables.c, PostgreSQL 10 to 18.
       pg_catalog.concat_ws(',', pg_catalog.array_to_string(k.words, ','),
         case when k.words @> array['on', 'off'] then 'true,false,yes,no,1,0' end,
         case when k.words @> array['debug1'] then 'debug' end,
         case when k.name in ('client_min_messages', 'icu_validation_level') then 'info' end,
         case when k.name = 'client_min_messages' and v.num < 120000 then 'fatal,panic' end,
         case when k.name = 'password_encryption' and v.num < 140000 then 'on,true,yes,1' end) as "values",
       k.context = 'user' or k.context in ('superuser', 'module') and pg_catalog.has_parameter_privilege(k.name, 'SET') as "may_set"
  from known k
 cross join (select pg_catalog.current_setting('server_version_num')::integer) as v (num)
 order by 1
