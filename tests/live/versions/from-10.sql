-- What PostgreSQL 10 says of a function has other names than since 11.
create function plain() returns int language sql as 'select 1';
create function windowed() returns bigint language internal window as 'window_row_number';
create aggregate summed (int) (sfunc = int4pl, stype = int);
-- Types of extensions print floats otherwise since 12, here in a table over which no query can be planned with an empty path.
create extension cube;
create extension earthdistance;
create table places (c cube, lat float8, lon float8);
insert into places values ('(0.1),(0.30000000000000004)', 0.1::float8 + 0.2::float8, 'infinity'), ('(1e-300)', 1.1, 2.2);
create table place (lat float8, lon float8[]);
insert into place values (0.1::float8 + 0.2::float8, array[2.2]);
create index on place using gist (ll_to_earth(lat, lon[1]));
