-- What the comparison of catalogs looks up: each block stands in parentheses where `@name@` stands in catalog.sql, and not in
-- a WITH, which the server would read from the start to the end for each object. Roles of the source have the names that they
-- have on the target.

-- types
-- The name of an array type depends on which names were free when it was created.
select t.oid, case when e.oid is null then pg_catalog.concat(n.nspname, '.', t.typname)
                   else pg_catalog.concat(x.nspname, '.', e.typname, '[]') end as name
  from pg_catalog.pg_type t join pg_catalog.pg_namespace n on n.oid = t.typnamespace
  left join pg_catalog.pg_type e on e.oid = t.typelem and e.typarray = t.oid left join pg_catalog.pg_namespace x on x.oid = e.typnamespace

-- functions
select p.oid, pg_catalog.concat(n.nspname, '.', p.proname) as name
  from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace

-- procs
select p.oid, n.nspname, p.proname, p.pronamespace, pg_catalog.row_to_json(p) as j, pg_catalog.concat(n.nspname, '.', p.proname) as name
  from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
 where p.oid >= 16384

-- relations
select c.oid, c.relkind, n.nspname, c.relname, pg_catalog.concat(n.nspname, '.', c.relname) as name
  from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace

-- collations
select c.oid, pg_catalog.concat(n.nspname, '.', c.collname) as name
  from pg_catalog.pg_collation c join pg_catalog.pg_namespace n on n.oid = c.collnamespace

-- opclasses
select c.oid, pg_catalog.concat(n.nspname, '.', c.opcname) as name
  from pg_catalog.pg_opclass c join pg_catalog.pg_namespace n on n.oid = c.opcnamespace

-- operators
select o.oid, pg_catalog.concat(n.nspname, '.', o.oprname, '(', l.name, ',', r.name, ')') as name
  from pg_catalog.pg_operator o join pg_catalog.pg_namespace n on n.oid = o.oprnamespace
  left join @types@ l on l.oid = o.oprleft left join @types@ r on r.oid = o.oprright

-- links
-- What expressions speak of. A text that another version reads in another way is equal text that depends on other things.
select d.classid, d.objid, pg_catalog.string_agg(distinct r.name, ', ' order by r.name) as names
  from pg_catalog.pg_depend d, lateral (
    select pg_catalog.concat('column ', c.name, '.', a.attname) as name
      from @relations@ c join pg_catalog.pg_attribute a on a.attrelid = c.oid
     where d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass and c.oid = d.refobjid and a.attnum = d.refobjsubid and a.attnum > 0
    -- only with pg_catalog.pg_proc x where x.oid >= 16384
    union all
    select pg_catalog.concat('function ', f.name) from @functions@ f
     where d.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass and f.oid = d.refobjid
    -- only with pg_catalog.pg_operator x where x.oid >= 16384
    union all
    select pg_catalog.concat('operator ', o.name) from @operators@ o
     where d.refclassid = 'pg_catalog.pg_operator'::pg_catalog.regclass and o.oid = d.refobjid
    -- always
  ) r
 -- The casts keep the server from the index on what is referred to: an object is looked up, not what depends on all others.
 where d.refobjid::pg_catalog.int8 >= 16384 and d.objid::pg_catalog.int8 >= 16384 and d.deptype in ('n', 'a')
   and d.classid in ('pg_catalog.pg_constraint'::pg_catalog.regclass, 'pg_catalog.pg_attrdef'::pg_catalog.regclass,
                     'pg_catalog.pg_policy'::pg_catalog.regclass, 'pg_catalog.pg_rewrite'::pg_catalog.regclass,
                     'pg_catalog.pg_trigger'::pg_catalog.regclass, 'pg_catalog.pg_statistic_ext'::pg_catalog.regclass,
                     'pg_catalog.pg_class'::pg_catalog.regclass)
 group by 1, 2

-- members_of_families
select a.amopfamily as family, pg_catalog.concat('operator ', a.amopstrategy, ' ', o.name, ' ', a.amoppurpose, ' ', s.opfname) as line
  from pg_catalog.pg_amop a join @operators@ o on o.oid = a.amopopr left join pg_catalog.pg_opfamily s on s.oid = a.amopsortfamily
union all
select p.amprocfamily, pg_catalog.concat('function ', p.amprocnum, ' ', f.name, ' (', l.name, ',', r.name, ')')
  from pg_catalog.pg_amproc p join @functions@ f on f.oid = p.amproc
  join @types@ l on l.oid = p.amproclefttype join @types@ r on r.oid = p.amprocrighttype

-- labels
select d.classoid as classid, d.objoid as objid, d.objsubid as subid, 'comment'::text as property, d.description as value
  from pg_catalog.pg_description d
 -- An extension brings its comment; that of schema public is the server's.
 where d.classoid <> 'pg_catalog.pg_extension'::pg_catalog.regclass
   and (d.objoid >= 16384 or d.classoid = 'pg_catalog.pg_namespace'::pg_catalog.regclass)
union all
select l.classoid, l.objoid, l.objsubid, pg_catalog.concat('security label of ', l.provider), l.label from pg_catalog.pg_seclabel l
