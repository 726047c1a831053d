select exists (select from pg_catalog.aclexplode(coalesce(n.nspacl, pg_catalog.acldefault('n', n.nspowner))) a
                where a.grantee = 0 and a.privilege_type = 'CREATE') as "public_creates"
  from pg_catalog.pg_namespace n where n.nspname = 'public'
