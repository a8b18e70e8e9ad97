//! Tests of records: what is put down of a job, and what is not.
