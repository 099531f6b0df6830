//! Events of a fixed size, for bytes of any kind.

use core::fmt;

use bytemuck::{AnyBitPattern, NoUninit, Pod, Zeroable};

/// Up to `SIZE` bytes with a tag, in memory of a fixed size: 64 bytes of header, of which 8 are used, and the data, on cache lines of
/// its own. So it can be an event of a ring like any other plain value:
///
/// ```
/// use ringfold::broadcast::{self, Event, S, Xs};
///
/// static CLICKS: broadcast::Static<Xs, 16> = broadcast::Static::new(Xs::EMPTY);
///
/// let mut producer = CLICKS.producer().unwrap();
/// let mut reader = CLICKS.subscribe().unwrap();
/// producer.publish(|event| *event = Xs::of(1, b"click"));
/// producer.publish(|event| event.set(2, b"double click").expect("it is short")); // in place
/// for event in &reader.poll() {
///     println!("{}: {:?}", event.tag(), event.data());
/// }
///
/// let mut producer = broadcast::builder::<S>(100).build()?;
/// let mut reader = producer.subscribe();
/// producer.publish(|event| event.set(3, &[7; 200]).unwrap()).unwrap();
/// assert_eq!(reader.poll()[0].data(), [7; 200]);
///
/// assert_eq!(Event::<64>::new(4, &[0; 65]).unwrap_err().to_string(),
///     "65 bytes do not fit into an event of 64: take a larger one");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// For the sizes of [`Xs`] to [`Xl`], and 128, 512, 2048 and 8192, it is [`Pod`]: it has no padding, because `SIZE` is a multiple of 64. Events
/// of other sizes are not, so they cannot be read by lossy readers.
///
/// ```compile_fail,E0277
/// bytemuck::bytes_of(&ringfold::broadcast::Event::<100>::EMPTY); // 28 bytes of padding
/// ```
///
/// Its memory can be written as bytes, by `bytemuck`; whatever they are, [`data`](Self::data) stays inside.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
pub struct Event<const SIZE: usize> {
    len: u32,
    tag: u32,
    reserved: [u64; 7],
    data: [u8; SIZE],
}

/// 64 bytes: heartbeats, cursors, control signals.
pub type Xs = Event<64>;
/// 256 bytes: messages, user actions.
pub type S = Event<256>;
/// 1 KiB: requests, edits.
pub type M = Event<1024>;
/// 4 KiB: records, batches.
pub type L = Event<4096>;
/// 16 KiB: documents, frames.
pub type Xl = Event<16384>;

/// Data of so many bytes.
#[derive(Debug)]
pub enum Data<const SIZE: usize> {}

/// That many bytes of data fill cache lines.
pub trait FillsLines: sealed::Sealed {}

mod sealed {
    pub trait Sealed {}
}

impl<const SIZE: usize> sealed::Sealed for Data<SIZE> {}
impl FillsLines for Data<64> {}
impl FillsLines for Data<128> {}
impl FillsLines for Data<256> {}
impl FillsLines for Data<512> {}
impl FillsLines for Data<1024> {}
impl FillsLines for Data<2048> {}
impl FillsLines for Data<4096> {}
impl FillsLines for Data<8192> {}
impl FillsLines for Data<16384> {}

// SAFETY: all fields are integers or arrays of them, of which zero is a value.
unsafe impl<const SIZE: usize> Zeroable for Event<SIZE> where Data<SIZE>: FillsLines {}

// SAFETY: `repr(C)` puts the fields one behind the other without gaps (4 + 4 + 56 + SIZE bytes), and SIZE is a multiple of the alignment, so
// there is no padding behind them either, as is checked below; of all fields, every bit pattern is a value.
unsafe impl<const SIZE: usize> Pod for Event<SIZE> where Data<SIZE>: FillsLines {}

const _: () = {
    const fn fills_lines<const SIZE: usize>() -> bool {
        size_of::<Event<SIZE>>() == 64 + SIZE && core::mem::offset_of!(Event<SIZE>, data) == 64
    }
    assert!(fills_lines::<64>() && fills_lines::<128>() && fills_lines::<256>());
    assert!(fills_lines::<512>() && fills_lines::<1024>() && fills_lines::<2048>());
    assert!(fills_lines::<4096>() && fills_lines::<8192>() && fills_lines::<16384>());
};

impl<const SIZE: usize> Event<SIZE> {
    /// No bytes, tag 0.
    pub const EMPTY: Self = Self { len: 0, tag: 0, reserved: [0; 7], data: [0; SIZE] };

    /// An event of these bytes.
    ///
    /// # Errors
    /// `TooLong` when there are more than `SIZE`.
    ///
    /// ```
    /// use ringfold::broadcast::{TooLong, Xs};
    /// let event = Xs::new(7, b"hello")?;
    /// assert_eq!((event.tag(), event.len(), event.data()), (7, 5, &b"hello"[..]));
    /// assert_eq!(Xs::new(7, &[0; 99]), Err(TooLong { len: 99, capacity: 64 }));
    /// # Ok::<(), TooLong>(())
    /// ```
    pub fn new(tag: u32, bytes: &[u8]) -> Result<Self, TooLong> {
        let mut event = Self::EMPTY;
        event.set(tag, bytes)?;
        Ok(event)
    }

    /// An event of an array of bytes, which is known to fit when the program is compiled.
    ///
    /// ```
    /// use ringfold::broadcast::Xs;
    /// const HEARTBEAT: Xs = Xs::of(1, b"alive");
    /// assert_eq!(HEARTBEAT.data(), b"alive");
    /// ```
    ///
    /// ```compile_fail,E0080
    /// let event = ringfold::broadcast::Xs::of(1, &[0; 65]);
    /// ```
    pub const fn of<const LEN: usize>(tag: u32, bytes: &[u8; LEN]) -> Self {
        const { assert!(LEN <= SIZE, "so many bytes do not fit into an event of this size: take a larger one") };
        let mut event = Self::EMPTY;
        (event.len, event.tag) = (LEN as u32, tag);
        let mut i = 0;
        while i < LEN {
            event.data[i] = bytes[i];
            i += 1;
        }
        event
    }

    /// An event of the bytes of a value; [`as_pod`](Self::as_pod) gives it back.
    ///
    /// # Errors
    /// `TooLong` when the value is larger than `SIZE` bytes.
    pub fn from_pod<P: NoUninit>(tag: u32, value: &P) -> Result<Self, TooLong> {
        Self::new(tag, bytemuck::bytes_of(value))
    }

    /// Writes it anew, in place. What was there before and is longer stays in memory behind the new data, where only `bytemuck` sees it.
    ///
    /// # Errors
    /// `TooLong` when there are more than `SIZE` bytes; then nothing has changed.
    #[inline]
    pub fn set(&mut self, tag: u32, bytes: &[u8]) -> Result<(), TooLong> {
        let too_long = TooLong { len: bytes.len(), capacity: SIZE };
        let len = u32::try_from(bytes.len()).map_err(|_| too_long)?;
        self.data.get_mut(..bytes.len()).ok_or(too_long)?.copy_from_slice(bytes);
        (self.len, self.tag) = (len, tag);
        Ok(())
    }

    /// The bytes.
    #[inline]
    pub fn data(&self) -> &[u8] {
        &self.data[..self.len()]
    }

    /// What the bytes are, in numbers of the user's own.
    #[inline]
    pub fn tag(&self) -> u32 {
        self.tag
    }

    /// How many bytes there are.
    #[inline]
    pub fn len(&self) -> usize {
        // Whoever writes the memory through `bytemuck` may have written anything.
        usize::try_from(self.len).map_or(SIZE, |len| len.min(SIZE))
    }

    /// Whether there are no bytes.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many bytes there can be.
    #[inline]
    pub const fn capacity(&self) -> usize {
        SIZE
    }

    /// The bytes as a value of `P`, without a copy; `P` may be any type of which all bit patterns are values ([`bytemuck`]'s word for it).
    ///
    /// # Errors
    /// `Length` when there are more or fewer bytes than a `P` has, `Alignment` when a `P` must be aligned to more than 64 bytes.
    ///
    /// ```
    /// use ringfold::broadcast::{ViewError, Xs};
    ///
    /// #[derive(Clone, Copy, Debug, PartialEq, bytemuck::Pod, bytemuck::Zeroable)]
    /// #[repr(C)]
    /// struct Stroke { x: f32, y: f32, pressure: f32 }
    ///
    /// let stroke = Stroke { x: 1.0, y: 2.0, pressure: 0.5 };
    /// let event = Xs::from_pod(1, &stroke)?;
    /// assert_eq!(event.as_pod::<Stroke>(), Ok(&stroke));
    /// assert_eq!(event.as_pod::<u64>(), Err(ViewError::Length { len: 12, wanted: 8 }));
    /// # Ok::<(), ringfold::broadcast::TooLong>(())
    /// ```
    pub fn as_pod<P: AnyBitPattern>(&self) -> Result<&P, ViewError> {
        bytemuck::try_from_bytes(self.data()).map_err(|_| match self.len() == size_of::<P>() {
            true => ViewError::Alignment { wanted: align_of::<P>() },
            false => ViewError::Length { len: self.len(), wanted: size_of::<P>() },
        })
    }
}

impl<const SIZE: usize> Default for Event<SIZE> {
    fn default() -> Self {
        Self::EMPTY
    }
}

/// Tag and data.
impl<const SIZE: usize> PartialEq for Event<SIZE> {
    fn eq(&self, other: &Self) -> bool {
        self.tag == other.tag && self.data() == other.data()
    }
}

impl<const SIZE: usize> Eq for Event<SIZE> {}

impl<const SIZE: usize> AsRef<[u8]> for Event<SIZE> {
    fn as_ref(&self) -> &[u8] {
        self.data()
    }
}

impl<const SIZE: usize> fmt::Debug for Event<SIZE> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Event").field("tag", &self.tag).field("data", &self.data()).finish()
    }
}

/// There are more bytes than fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLong {
    /// The bytes there are.
    pub len: usize,
    /// How many fit.
    pub capacity: usize,
}

/// Why bytes could not be seen as a value of a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ViewError {
    /// The type has another size.
    Length {
        /// The bytes there are.
        len: usize,
        /// The type's.
        wanted: usize,
    },
    /// The type must be aligned to more than 64 bytes, which is what events are aligned to.
    Alignment {
        /// The type's alignment.
        wanted: usize,
    },
}

impl fmt::Display for TooLong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { len, capacity } = self;
        write!(f, "{len} bytes do not fit into an event of {capacity}: take a larger one")
    }
}

impl fmt::Display for ViewError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length { len, wanted } => {
                write!(f, "the event has {len} bytes, and the type {wanted}: look at its tag first")
            }
            Self::Alignment { wanted } => write!(
                f,
                "events are aligned to 64 bytes, and the type needs {wanted}: read it with `bytemuck::pod_read_unaligned`"
            ),
        }
    }
}

impl core::error::Error for TooLong {}
impl core::error::Error for ViewError {}
