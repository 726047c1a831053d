select s.slot_name::text as "name", coalesce(s.plugin::text, '') as "plugin", s.slot_type = 'logical' as "logical", s.active as "active", coalesce(s.database::text, '') as "database"
  from pg_catalog.pg_replication_slots s where not s.temporary order by 1
