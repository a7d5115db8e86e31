use std::cmp::Ordering;

/// The value below which this share of the values lies; sorts them. The default of an empty list.
pub fn quantile<T: PartialOrd + Copy + Default>(values: &mut [T], share: f64) -> T {
    values.sort_unstable_by(|one, other| one.partial_cmp(other).unwrap_or(Ordering::Equal));
    let at = (values.len().saturating_sub(1) as f64 * share).round() as usize;
    values.get(at).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_of_the_values_lies_below() {
        assert_eq!(quantile(&mut [3, 1, 2], 0.5), 2);
        assert_eq!(quantile(&mut (1..=1_000).rev().collect::<Vec<_>>(), 0.99), 990);
        assert_eq!(quantile(&mut [0.5, 0.25], 1.0), 0.5);
        assert_eq!(quantile::<u64>(&mut [], 0.5), 0);
    }
}
