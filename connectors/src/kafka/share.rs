//! Which partitions of a topic are read by whom.

use engine::division::Division;

/// Which partitions of its topics a source reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Share {
    /// Those that its group gives it.
    Given,
    /// Those that hold a division's customers: the topic has a multiple of the divisions as partitions, and
    /// its producers place keys as Kafka's own client does.
    Of(Division),
    /// The one with the division's number.
    Own(Division),
    /// All but the one with the division's number.
    Others(Division),
}

impl Share {
    /// True when it is read whoever else is in the group.
    pub(super) fn is_fixed(self) -> bool {
        self != Self::Given
    }

    /// True when a partition is one of them.
    pub(super) fn has(self, number: i32) -> bool {
        let own = |division: Division| i32::from(division.number());
        match self {
            Self::Given => true,
            Self::Of(division) => number.rem_euclid(i32::from(division.of())) == own(division),
            Self::Own(division) => number == own(division),
            Self::Others(division) => number != own(division),
        }
    }

    /// What is wrong with a topic of so many partitions, if anything.
    pub(super) fn refuses(self, topic: &str, partitions: usize) -> Option<String> {
        let fits = match self {
            Self::Given => return None,
            Self::Of(division) => partitions.is_multiple_of(usize::from(division.of())),
            Self::Own(division) | Self::Others(division) => {
                partitions == usize::from(division.of())
            }
        };
        let (Self::Of(division) | Self::Own(division) | Self::Others(division)) = self else {
            return None;
        };
        let (of, many) = (division.of(), matches!(self, Self::Of(_)));
        let wanted = if many { "a multiple of " } else { "" };
        (!fits).then(|| {
            format!(
                "`{topic}` has {partitions} partitions, and among {of} divisions it must have {wanted}{of}"
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_partition_is_read_by_the_division_of_its_customers() {
        let all: Vec<Division> = (0..4).filter_map(|n| Division::new(n, 4)).collect();
        for partition in 0..12 {
            let readers = all.iter().filter(|d| Share::Of(**d).has(partition));
            let readers: Vec<u16> = readers.map(|division| division.number()).collect();
            assert_eq!(readers, [u16::try_from(partition % 4).unwrap()]);
        }
        let second = all[1];
        let read = |share: Share| (0..4).filter(|p| share.has(*p)).collect::<Vec<i32>>();
        assert_eq!(read(Share::Own(second)), [1]);
        assert_eq!(read(Share::Others(second)), [0, 2, 3]);
        assert_eq!(read(Share::Given), [0, 1, 2, 3]);
    }

    #[test]
    fn a_topic_with_other_partitions_is_refused() {
        let division = Division::new(1, 4).unwrap();
        for (share, partitions, fits) in [
            (Share::Of(division), 12, true),
            (Share::Of(division), 6, false),
            (Share::Own(division), 4, true),
            (Share::Others(division), 8, false),
            (Share::Given, 5, true),
        ] {
            assert_eq!(share.refuses("t", partitions).is_none(), fits, "{share:?}");
        }
    }
}
