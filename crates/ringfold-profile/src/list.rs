//! `List`.

use std::hint::black_box;

use ringfold::List;

use crate::{Failure, Meter, ROUND, deviation, rounds, verdict};

/// Appends an item, into memory that is there already.
pub fn push(operations: u64, meter: &mut Meter<'_>) -> Result<(), Failure> {
    let mut list = List::builder().room_for(ROUND as usize).build()?;
    let mut wrong = 0;
    for items in rounds(operations, ROUND) {
        meter(&mut || items.clone().for_each(|item| black_box(&mut list).push(black_box(item))));
        let count = items.end - items.start;
        (0..count).zip(items).for_each(|(index, item)| {
            wrong |= deviation(list.get(index as usize).copied(), item);
        });
        list.clear();
    }
    verdict(wrong)
}

/// Reads an item.
pub fn index(operations: u64, meter: &mut Meter<'_>) -> Result<(), Failure> {
    let mut list = List::builder().room_for(ROUND as usize).build()?;
    list.extend(0..ROUND);
    let mut wrong = 0;
    for items in rounds(operations, ROUND) {
        meter(&mut || {
            items.clone().for_each(|item| {
                let index = item % ROUND;
                wrong |= black_box(&list)[black_box(index as usize)] ^ index;
            });
        });
    }
    verdict(wrong)
}
