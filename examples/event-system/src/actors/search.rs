//! Puts every event into a full-text index of tantivy.

use std::iter::Empty;
use std::path::Path;
use std::{fs, vec};

use anyhow::{Context, Result};
use ringfold::pool::EventRef;
use ringfold::spsc::Consumer;
use tantivy::schema::document::{Document, ReferenceValue, ReferenceValueLeaf, Value};
use tantivy::schema::{FAST, Field, Schema, TEXT};
use tantivy::{Index, IndexWriter};

use super::{AT, Fault, feed};
use crate::event::Event;

/// The names of the fields.
pub const SEQUENCE: &str = "sequence";
pub const BODY: &str = "text";
/// Bytes that the indexer may use before it writes a segment.
const BUDGET: usize = 50_000_000;

/// An event on its way into the index: tantivy's own thread reads the text out of the slot, and then drops the event.
struct Searchable {
    event: EventRef,
    fields: [Field; 2],
}

/// Indexes everything, and makes it visible at the end.
pub fn run(mut events: Consumer<EventRef>, path: &Path, fault: Option<Fault>) -> Result<Consumer<EventRef>> {
    let mut schema = Schema::builder();
    let fields = [schema.add_u64_field(SEQUENCE, FAST), schema.add_text_field(BODY, TEXT)];
    fs::create_dir(path)
        .with_context(|| format!("cannot make {}; nothing is overwritten", path.display()))?;
    let index = Index::create_in_dir(path, schema.build()).context("cannot make the index")?;
    let mut writer: IndexWriter<Searchable> = index.writer_with_num_threads(1, BUDGET)?;
    feed(&mut events, |batch| {
        for event in batch {
            let is_lost = fault == Some(Fault::Lost) && Event::read(event)?.header.sequence == AT;
            if !is_lost {
                writer.add_document(Searchable { event: event.clone(), fields })?;
            }
        }
        Ok(())
    })?;
    writer.commit().context("cannot commit the index")?;
    writer.wait_merging_threads().context("cannot merge the index")?;
    Ok(events)
}

impl Document for Searchable {
    type Value<'a> = Part<'a>;
    type FieldsValuesIter<'a> = vec::IntoIter<(Field, Part<'a>)>;

    fn iter_fields_and_values(&self) -> Self::FieldsValuesIter<'_> {
        let [sequence, body] = self.fields;
        // Only what `run` could read gets here.
        let Ok(event) = Event::read(&self.event) else { return Vec::new().into_iter() };
        vec![(sequence, Part::Number(event.header.sequence)), (body, Part::Text(event.text))].into_iter()
    }
}

/// What a field holds.
#[derive(Clone, Copy, Debug)]
enum Part<'a> {
    Number(u64),
    Text(&'a str),
}

impl<'a> Value<'a> for Part<'a> {
    type ArrayIter = Empty<Self>;
    type ObjectIter = Empty<(&'a str, Self)>;

    fn as_value(&self) -> ReferenceValue<'a, Self> {
        ReferenceValue::Leaf(match *self {
            Self::Number(number) => ReferenceValueLeaf::U64(number),
            Self::Text(text) => ReferenceValueLeaf::Str(text),
        })
    }
}
