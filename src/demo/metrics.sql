-- A third database: many small tables.
do $$
begin
  for n in 1..40 loop
    execute format('create table metric_%s (at timestamptz primary key, value float8)', n);
    execute format('insert into metric_%s select timestamptz ''2026-01-01'' + g * interval ''1 hour'', sqrt(g) from generate_series(1, 200) g', n);
    execute format('alter table metric_%s owner to shop_owner', n);
    execute format('grant select on metric_%s to pgpassage_mover', n);
  end loop;
end
$$;
