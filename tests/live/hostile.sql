-- Everything that a name or an operator without a schema could mean, with the same arguments, in a schema that comes
-- before pg_catalog: whatever is called from there is written to the log of the server.
create schema evil;
create function evil.caught(what text) returns bool language plpgsql as
  $f$ begin raise log '%', pg_catalog.concat('CAU', 'GHT ', what); return true; end $f$;
do $do$
declare
  f record;
  body text := 'begin raise log ''%%'', pg_catalog.concat(''CAU'', ''GHT '', %L); return null; end';
begin
  for f in select p.oid, p.proname, pg_catalog.pg_get_function_identity_arguments(p.oid) as arguments, p.prorettype::regtype as result, p.proretset
             from pg_proc p where p.pronamespace = 'pg_catalog'::regnamespace and p.proname = any (string_to_array('@NAMES@', ','))
  loop
    begin
      execute format('create function evil.%I(%s) returns %s%s language plpgsql as %L', f.proname, f.arguments,
                     case when f.proretset then 'setof ' else '' end, f.result, format(body, f.proname));
    exception when others then null; -- kinds of arguments that no such function can have
    end;
  end loop;
  for f in select o.oid, o.oprname, format_type(nullif(o.oprleft, 0), null) as l, format_type(nullif(o.oprright, 0), null) as r, o.oprresult::regtype as result
             from pg_operator o where o.oprnamespace = 'pg_catalog'::regnamespace and o.oprright <> 0
              and o.oprname in ('=', '<>', '<', '>', '<=', '>=', '||', '~', '!~', '+', '-', '*', '/', '%', '&', '->', '->>', '~~', '!~~', '@>')
  loop
    begin
      execute format('create function evil.op_%s(%s) returns %s language plpgsql as %L', f.oid, concat_ws(', ', f.l, f.r), f.result,
                     format(body, 'operator ' || f.oprname));
      execute format('create operator evil.%s (%s rightarg = %s, procedure = evil.op_%s)', f.oprname,
                     coalesce('leftarg = ' || f.l || ',', ''), f.r, f.oid);
    exception when others then null;
    end;
  end loop;
  for f in select c.relname from pg_class c where c.relnamespace = 'pg_catalog'::regnamespace and c.relkind in ('r', 'v')
  loop
    begin
      execute format('create view evil.%I as select evil.caught(%L)', f.relname, f.relname);
    exception when others then null;
    end;
  end loop;
  foreach body in array array['text', 'oid', 'name', 'regclass', 'regproc', 'regtype', 'regnamespace', 'tid', 'json', 'jsonb', 'bytea']
  loop
    execute format('create domain evil.%I as pg_catalog.%I check (evil.caught(%L))', body, body, 'type ' || body);
  end loop;
end $do$;
create table public.t (id int primary key, v varchar(20), w int check (w > 0));
insert into public.t select g, 'v' || g, g from generate_series(1, 50) g;
create index on public.t (v);
create view public.v as select id from public.t;
create sequence public.s;
select lo_create(7);
alter database app set search_path = evil, public, pg_catalog;
alter role mover in database app set search_path = evil, public, pg_catalog;
