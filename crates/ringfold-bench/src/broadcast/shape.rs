//! Who publishes, and who comes after whom.

/// A graph of readers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// One reader.
    OneToOne,
    /// Three readers, each by itself.
    OneToThree,
    /// Three readers, one after the other.
    Pipeline,
    /// Two readers, and one after both.
    Diamond,
    /// Three producers, one reader.
    ThreeToOne,
}

impl Shape {
    /// As the report names it.
    pub fn name(self) -> &'static str {
        match self {
            Shape::OneToOne => "1p1c",
            Shape::OneToThree => "1p3c",
            Shape::Pipeline => "pipeline",
            Shape::Diamond => "diamond",
            Shape::ThreeToOne => "3p1c",
        }
    }

    /// Threads that publish.
    pub fn producers(self) -> usize {
        if self == Shape::ThreeToOne { 3 } else { 1 }
    }

    /// For each reader, those it comes after.
    pub fn readers(self) -> &'static [&'static [usize]] {
        match self {
            Shape::OneToOne | Shape::ThreeToOne => &[&[]],
            Shape::OneToThree => &[&[], &[], &[]],
            Shape::Pipeline => &[&[], &[0], &[1]],
            Shape::Diamond => &[&[], &[], &[0, 1]],
        }
    }

    /// All of them, producers and readers.
    pub fn threads(self) -> usize {
        self.producers() + self.readers().len()
    }
}
