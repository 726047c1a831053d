//! Pieces of large objects, in binary: as text they would be twice as long, and parsed.

use tokio_postgres::types::ToSql;

use crate::server::session::{ProbeError, Session};

impl Session {
    /// Up to `length` bytes of a large object from `offset` on.
    pub async fn read_piece(&self, oid: u32, offset: i64, length: i32) -> Result<Vec<u8>, ProbeError> {
        let values: [&(dyn ToSql + Sync); 3] = [&oid, &offset, &length];
        let row = self.client.query_one("select pg_catalog.lo_get($1, $2, $3)", &values);
        self.answered(row).await?.try_get(0).map_err(|error| ProbeError::of(&error))
    }

    /// Writes bytes into a large object, from `offset` on.
    pub async fn write_piece(&self, oid: u32, offset: i64, piece: &[u8]) -> Result<(), ProbeError> {
        let put = "select pg_catalog.lo_put($1, $2, $3)";
        let values: [&(dyn ToSql + Sync); 3] = [&oid, &offset, &piece];
        self.answered(self.client.execute(put, &values)).await.map(drop)
    }
}
