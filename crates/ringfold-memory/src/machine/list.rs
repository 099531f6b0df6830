//! The kernel's way to write a set of numbers: `0-3,8,10-11`.

/// The numbers in `text`; what is not a number is left out.
pub(super) fn parse(text: &str) -> Vec<usize> {
    let mut numbers = Vec::new();
    for part in text.trim().split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        if let (Ok(first), Ok(last)) = (first.trim().parse::<usize>(), last.trim().parse()) {
            numbers.extend(first..=last);
        }
    }
    numbers
}

#[cfg(test)]
mod tests {
    #[test]
    fn ranges_and_single_numbers() {
        assert_eq!(super::parse("0-3,8,10-11\n"), [0, 1, 2, 3, 8, 10, 11]);
        assert_eq!(super::parse("\n"), [0; 0]);
        assert_eq!(super::parse("0"), [0]);
    }
}
