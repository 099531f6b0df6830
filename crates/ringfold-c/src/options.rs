//! How a ring is made.

use std::ffi::c_char;

use ringfold::{
    WaitStrategy,
    memory::{Error, HugePages, Memory, Options},
};

use crate::code::Code;

/// `memory` of the options: mirrored pages where the system gives them, otherwise twice the heap. The default.
pub const RF_MEMORY_AUTO: u32 = 0;
/// `memory` of the options: mirrored pages or an error.
pub const RF_MEMORY_MIRROR: u32 = 1;
/// `memory` of the options: twice the heap, kept equal by copying.
pub const RF_MEMORY_SOFT: u32 = 2;

/// `huge_pages` of the options: ordinary pages. The default.
pub const RF_HUGE_PAGES_NEVER: u32 = 0;
/// `huge_pages` of the options: where they can be had.
pub const RF_HUGE_PAGES_TRY: u32 = 1;
/// `huge_pages` of the options: or an error.
pub const RF_HUGE_PAGES_REQUIRE: u32 = 2;

/// How a side waits: spins for as long as that has paid of late, then sleeps until it is woken. The default.
pub const RF_WAIT_PARK: u32 = 0;
/// How a side waits: looks again and again. For threads with a core of their own.
pub const RF_WAIT_SPIN: u32 = 1;
/// How a side waits: spins for a moment, then offers the core to others between looks.
pub const RF_WAIT_YIELD: u32 = 2;
/// How a side waits: sleeps for longer and longer between looks, up to a millisecond.
pub const RF_WAIT_BACKOFF: u32 = 3;

/// `flags` of the options: keeps the memory in RAM, never on swap.
pub const RF_LOCK: u32 = 1;
/// `flags` of the options: does not touch the memory beforehand. Creation is quick, and memory that runs out later stops the process.
pub const RF_NO_POPULATE: u32 = 2;
/// `flags` of the options: a broadcast ring that lossy readers can join.
pub const RF_LOSSY: u32 = 4;

/// How a ring is made. All zero but for `struct_size` is the default: `rf_options options = {.struct_size = sizeof options};`
#[repr(C)]
#[derive(Clone, Copy)]
pub struct RingOptions {
    /// `sizeof(rf_options)`, so that later versions can add to it.
    pub struct_size: usize,
    /// One of `RF_MEMORY_..`.
    pub memory: u32,
    /// One of `RF_HUGE_PAGES_..`.
    pub huge_pages: u32,
    /// How the writing side waits: one of `RF_WAIT_..`.
    pub producer_wait: u32,
    /// How the reading side waits: one of `RF_WAIT_..`.
    pub consumer_wait: u32,
    /// Any of `RF_LOCK`, `RF_NO_POPULATE`, `RF_LOSSY`, or-ed.
    pub flags: u32,
    /// 0.
    pub reserved: u32,
    /// Where the reason goes, as text that ends in NUL, if the ring cannot be made. May be NULL.
    pub message: *mut c_char,
    /// The bytes at `message`.
    pub message_size: usize,
}

/// The options in the words of the library.
pub struct Wanted {
    pub memory: Options,
    pub producer_wait: WaitStrategy,
    pub consumer_wait: WaitStrategy,
    pub is_lossy: bool,
    message: *mut c_char,
    message_size: usize,
}

impl Wanted {
    /// Reads the options; NULL is the default.
    ///
    /// # Safety
    /// `options` is NULL or the start of as many bytes as it says.
    pub unsafe fn read(options: *const RingOptions) -> Result<Self, Code> {
        if options.is_null() {
            return Ok(Self::default());
        }
        // SAFETY: the caller vouches for it; the size is the first field of every version.
        let size = unsafe { options.cast::<usize>().read_unaligned() };
        if size != size_of::<RingOptions>() {
            return Err(Code::Invalid);
        }
        // SAFETY: there are so many bytes (the caller), and every value of them is valid.
        let options = unsafe { options.read_unaligned() };
        let known = RF_LOCK | RF_NO_POPULATE | RF_LOSSY;
        if options.flags & !known != 0 || options.reserved != 0 {
            return Err(Code::Invalid);
        }
        let memory = Options::new()
            .memory(memory(options.memory)?)
            .huge_pages(huge_pages(options.huge_pages)?)
            .lock(options.flags & RF_LOCK != 0)
            .populate(options.flags & RF_NO_POPULATE == 0);
        Ok(Self {
            memory,
            producer_wait: strategy(options.producer_wait)?,
            consumer_wait: strategy(options.consumer_wait)?,
            is_lossy: options.flags & RF_LOSSY != 0,
            message: options.message,
            message_size: options.message_size,
        })
    }

    /// The code for memory that could not be had; the reason goes where the caller wants it.
    pub fn explain(&self, error: &Error) -> Code {
        let text = error.to_string();
        if !self.message.is_null() && self.message_size > 0 {
            let mut len = text.len().min(self.message_size - 1);
            while !text.is_char_boundary(len) {
                len -= 1;
            }
            // SAFETY: the caller of `read` vouches for so many bytes at `message`, and the text with its NUL is not longer.
            let target = unsafe { std::slice::from_raw_parts_mut(self.message.cast::<u8>(), len + 1) };
            target[..len].copy_from_slice(&text.as_bytes()[..len]);
            target[len] = 0;
        }
        if error.is_invalid() { Code::Invalid } else { Code::Memory }
    }
}

impl Default for Wanted {
    fn default() -> Self {
        Self {
            memory: Options::new(),
            producer_wait: WaitStrategy::default(),
            consumer_wait: WaitStrategy::default(),
            is_lossy: false,
            message: std::ptr::null_mut(),
            message_size: 0,
        }
    }
}

fn memory(word: u32) -> Result<Memory, Code> {
    match word {
        RF_MEMORY_AUTO => Ok(Memory::Auto),
        RF_MEMORY_MIRROR => Ok(Memory::Mirror),
        RF_MEMORY_SOFT => Ok(Memory::Soft),
        _ => Err(Code::Invalid),
    }
}

fn huge_pages(word: u32) -> Result<HugePages, Code> {
    match word {
        RF_HUGE_PAGES_NEVER => Ok(HugePages::Never),
        RF_HUGE_PAGES_TRY => Ok(HugePages::Try),
        RF_HUGE_PAGES_REQUIRE => Ok(HugePages::Require),
        _ => Err(Code::Invalid),
    }
}

fn strategy(word: u32) -> Result<WaitStrategy, Code> {
    match word {
        RF_WAIT_PARK => Ok(WaitStrategy::Park),
        RF_WAIT_SPIN => Ok(WaitStrategy::Spin),
        RF_WAIT_YIELD => Ok(WaitStrategy::Yield),
        RF_WAIT_BACKOFF => Ok(WaitStrategy::Backoff),
        _ => Err(Code::Invalid),
    }
}
