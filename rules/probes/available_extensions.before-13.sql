select v.name::text as "name",
       coalesce(e.default_version::text, pg_catalog.max(v.version::text)) as "default_version",
       pg_catalog.to_json(pg_catalog.array_agg(distinct v.version::text)) as "versions",
       pg_catalog.bool_or(v.superuser) as "superuser",
       pg_catalog.bool_or(false) as "trusted"
  from pg_catalog.pg_available_extension_versions v
  left join pg_catalog.pg_available_extensions e on e.name = v.name
 group by v.name, e.default_version
 order by 1
