-- Short, since it is asked of every database: it spares the long ones. Rare is what few databases have.
select exists (select from pg_catalog.pg_class c where c.oid >= 16384 and c.relkind in ('v', 'm')) as "views",
       exists (select from pg_catalog.pg_proc p where p.oid >= 16384) as "functions",
       exists (select from pg_catalog.pg_class c where c.oid >= 16384 and c.relkind = 'S') as "sequences",
       exists (select from pg_catalog.pg_constraint k where k.conrelid >= 16384 and k.contype in ('f', 'c')) as "constraints",
       exists (select from pg_catalog.pg_largeobject_metadata m) as "large_objects",
       exists (select from pg_catalog.pg_attrdef e where e.oid >= 16384)
       or exists (select from pg_catalog.pg_policy p)
       or exists (select from pg_catalog.pg_trigger t where t.tgqual is not null)
       or exists (select from pg_catalog.pg_index i where i.indexrelid >= 16384 and (i.indexprs is not null or i.indpred is not null)) as "expressions",
       exists (select from pg_catalog.pg_proc p where p.oid < 16384 and p.proacl is not null and not exists (
               select from pg_catalog.pg_init_privs i
                where i.objoid = p.oid and i.classoid = 'pg_catalog.pg_proc'::pg_catalog.regclass and i.initprivs operator(pg_catalog.=) p.proacl))
       or exists (select from pg_catalog.pg_class c where c.oid < 16384 and c.relacl is not null
                     and c.relnamespace = 'pg_catalog'::pg_catalog.regnamespace and not exists (
               select from pg_catalog.pg_init_privs i
                where i.objoid = c.oid and i.objsubid = 0 and i.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass
                  and i.initprivs operator(pg_catalog.=) c.relacl)) as "catalog_grants",
       exists (select from pg_catalog.pg_cast c where c.oid >= 16384)
       or exists (select from pg_catalog.pg_event_trigger e)
       or exists (select from pg_catalog.pg_foreign_data_wrapper w)
       or exists (select from pg_catalog.pg_ts_dict d where d.oid >= 16384)
       or exists (select from pg_catalog.pg_ts_parser s where s.oid >= 16384)
       or exists (select from pg_catalog.pg_ts_template s where s.oid >= 16384)
       or exists (select from pg_catalog.pg_opclass o where o.oid >= 16384)
       or exists (select from pg_catalog.pg_operator o where o.oid >= 16384)
       or exists (select from pg_catalog.pg_language l where l.oid >= 16384 and l.lanname <> 'plpgsql')
       or exists (select from pg_catalog.pg_type t where t.oid >= 16384 and t.typtype = 'b' and t.typelem = 0)
       or exists (select from pg_catalog.pg_seclabel s)
       or exists (select from pg_catalog.pg_extension e where e.extconfig is not null)
       or exists (select from pg_catalog.pg_class c where c.oid >= 16384 and c.reltablespace <> 0)
       or exists (select from pg_catalog.pg_publication p)
       or exists (select s.oid from pg_catalog.pg_subscription s) as "rare"
