-- Many small tables with indexes, keys, and partitions that lock each other.
create table hub (id int primary key, a int, b int);
insert into hub select n, n, n from generate_series(1, 100) n;
do $$ begin
  for n in 1..40 loop
    execute format('create table t%s (id int primary key, a int unique, hub int references hub, other int)', n);
    execute format('insert into t%s select i, i, i, i from generate_series(1, 50) i', n);
    execute format('create index on t%s (hub)', n);
    execute format('create index on t%s (a, other)', n);
    execute format('alter table t%1$s cluster on t%1$s_pkey', n);
    execute format('create statistics st%1$s on a, other from t%1$s', n);
  end loop;
  for n in 1..40 loop
    execute format('alter table t%s add foreign key (other) references t%s', n, 41 - n);
    execute format('alter table hub add foreign key (id) references t%s not valid', n);
  end loop;
  for n in 1..4 loop
    execute format('create table p%s (id int, day int, hub int references hub, body text, primary key (id, day)) partition by range (day)', n);
    for d in 0..9 loop
      execute format('create table p%s_%s partition of p%1$s for values from (%2$s) to (%3$s)', n, d, d + 1);
      execute format('create index on p%s_%s (body)', n, d);
    end loop;
    execute format('insert into p%s select i, i %% 10, i %% 100 + 1, repeat(''x'', 500) from generate_series(1, 30000) i', n);
    execute format('create index on p%s (hub)', n);
    execute format('create index on p%s (day, id)', n);
    execute format('alter table t%s add foreign key (id, a) references p%s not valid', n, n);
  end loop;
end $$;
