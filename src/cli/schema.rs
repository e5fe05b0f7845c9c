//! `evenhand schema`.

use super::args::SchemaOf;
use super::print;
use crate::error::Result;
use crate::report::{Report, pretty_json};
use crate::suite::config::ConfigFile;
use crate::suite::{Exit, SignatureFile, schema_of};

pub(super) fn schema(of: SchemaOf) -> Result<Exit> {
    let schema = match of {
        SchemaOf::Config => schema_of::<ConfigFile>(),
        SchemaOf::Signature => schema_of::<SignatureFile>(),
        SchemaOf::Report => schema_of::<Report>(),
    };
    print(&pretty_json(&schema)?)?;
    Ok(Exit::Success)
}
