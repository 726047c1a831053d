with found as (
  select 'opaque function' as kind, p.oid::pg_catalog.regprocedure::text as name, 'type opaque' as why
    from pg_catalog.pg_proc p
   where p.oid >= 16384 and exists (
         select from pg_catalog.pg_type t where t.typname = 'opaque' and t.typnamespace = 'pg_catalog'::pg_catalog.regnamespace
            and (t.oid = p.prorettype or t.oid = any (p.proargtypes)))
  union all
  select 'postfix operator', o.oid::pg_catalog.regoperator::text, 'no right operand'
    from pg_catalog.pg_operator o
   where o.oid >= 16384 and o.oprright = 0
  union all
  -- Functions of this kind over concrete types are found by their name on the target: only polymorphic ones need their declaration.
  select 'polymorphic array function', 'aggregate ' || a.aggfnoid::pg_catalog.regprocedure::text, t.oid::pg_catalog.regprocedure::text
    from pg_catalog.pg_aggregate a
    join pg_catalog.pg_proc t on t.oid = any (array[a.aggtransfn::oid, a.aggfinalfn::oid])
   where a.aggfnoid >= 16384 and t.oid < 16384
     and a.aggtranstype in ('pg_catalog.anyarray'::pg_catalog.regtype, 'pg_catalog.anyelement'::pg_catalog.regtype)
     and t.proname in ('array_append', 'array_prepend', 'array_cat', 'array_position', 'array_positions', 'array_remove', 'array_replace', 'width_bucket')
  union all
  select 'polymorphic array function', 'operator ' || o.oid::pg_catalog.regoperator::text, t.oid::pg_catalog.regprocedure::text
    from pg_catalog.pg_operator o
    join pg_catalog.pg_proc t on t.oid = o.oprcode
   where o.oid >= 16384 and t.oid < 16384
     and (o.oprleft in ('pg_catalog.anyarray'::pg_catalog.regtype, 'pg_catalog.anyelement'::pg_catalog.regtype)
          or o.oprright in ('pg_catalog.anyarray'::pg_catalog.regtype, 'pg_catalog.anyelement'::pg_catalog.regtype))
     and t.proname in ('array_append', 'array_prepend', 'array_cat', 'array_position', 'array_positions', 'array_remove', 'array_replace', 'width_bucket')
)
select f.kind as "kind", f.name as "name", pg_catalog.min(f.why) as "why" from found f group by 1, 2 order by 1, 2
