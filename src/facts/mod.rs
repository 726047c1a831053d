//! What was seen: the answers of servers, profiles and this machine, as tables of typed cells.
//!
//! Nothing here knows how facts are collected or judged.

mod cell;
mod recording;
mod set;
mod table;

pub use cell::{Cell, ColumnType};
pub use recording::{RecordingError, read_recording, write_recording};
pub use set::{DatabasePair, FactSet, Facts, Missing, ProbeFacts, Side, SideFacts};
pub use table::{Column, FactTable, ObjectColumns, Row, Shape, TableError};
