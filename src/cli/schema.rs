//! `evenhand schema`.

use super::args::SchemaOf;
use super::print;
use crate::document::schema_of;
use crate::error::Result;
use crate::report::Report;
use crate::signature::SignatureFile;
use crate::suite::Exit;
use crate::suite::config::ConfigFile;
use crate::suite::files::pretty;

pub(super) fn schema(of: SchemaOf) -> Result<Exit> {
    let schema = match of {
        SchemaOf::Config => schema_of::<ConfigFile>(),
        SchemaOf::Signature => schema_of::<SignatureFile>(),
        SchemaOf::Report => schema_of::<Report>(),
    };
    print(&pretty(&schema)?)?;
    Ok(Exit::Success)
}
