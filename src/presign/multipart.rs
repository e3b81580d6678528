//! Uploads of more than one link can carry: a plan of parts, the links for them, and a shell script that sends a file by them.
//!
//! Beginning such an upload is not done here: it needs an [`UploadId`], which a store gives out.

pub mod script;

use thiserror::Error;

use super::expiry::Lifetime;
use super::request::{LinkRequest, Method};
use crate::s3::location::{ObjectId, UploadId};

/// A mebibyte, the unit of parts.
pub const MIB: u64 = 1 << 20;
/// The smallest part that S3 takes, but for the last (S3 User Guide, "Amazon S3 multipart upload limits").
pub const MIN_PART_BYTES: u64 = 5 * MIB;
/// The largest part, which is also the most that a single PUT link can upload.
pub const MAX_PART_BYTES: u64 = 5 << 30;
/// The most parts that an upload may have.
pub const MAX_PARTS: u64 = 10_000;
/// The largest object. AWS has allowed larger ones of late; this is what stores in general take.
pub const MAX_OBJECT_BYTES: u64 = 5 << 40;

/// The least size that [`Plan::new`] chooses by itself.
const USUAL_PART_BYTES: u64 = 64 * MIB;
/// The most parts that [`Plan::new`] chooses by itself: some stores take no more, and a script stays small.
const USUAL_PARTS: u64 = 1_000;

/// How a file of a known size is cut. All parts have the same size, which some stores demand, but for the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    total: u64,
    part_size: u64,
}

/// A piece of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// From 1.
    pub number: u16,
    /// Where it begins, in bytes.
    pub offset: u64,
    /// Its length in bytes.
    pub size: u64,
}

/// Why a file cannot be cut so.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum PlanError {
    /// There is nothing to cut.
    #[error("an empty file has no parts: upload it by a PUT link")]
    Empty,
    /// No store takes it.
    #[error("{0} bytes are more than the 5 TiB (5497558138880 bytes) that an object can have: upload it in pieces")]
    TooLarge(u64),
    /// Smaller or larger than S3 takes, or not in the unit that the script counts in.
    #[error("a part of {0} bytes cannot be: choose whole MiB (1048576 bytes), from 5 MiB to 5 GiB")]
    PartSize(u64),
    /// More than S3 takes.
    #[error("that makes {parts} parts, and an upload has 10000 at most: choose parts of {least} bytes or more")]
    TooManyParts {
        /// How many.
        parts: u64,
        /// The smallest size that makes few enough, in bytes.
        least: u64,
    },
}

impl Plan {
    /// Cuts `total_bytes` into parts of `part_size` bytes; `None` chooses a size that suits the file.
    pub fn new(total_bytes: u64, part_size: Option<u64>) -> Result<Self, PlanError> {
        match total_bytes {
            0 => return Err(PlanError::Empty),
            total if total > MAX_OBJECT_BYTES => return Err(PlanError::TooLarge(total)),
            _ => {}
        }
        let whole_mib = |parts: u64| total_bytes.div_ceil(parts).next_multiple_of(MIB);
        let part_size = match part_size {
            Some(size) if size % MIB == 0 && (MIN_PART_BYTES..=MAX_PART_BYTES).contains(&size) => size,
            Some(size) => return Err(PlanError::PartSize(size)),
            None => whole_mib(USUAL_PARTS).clamp(USUAL_PART_BYTES, MAX_PART_BYTES),
        };
        match total_bytes.div_ceil(part_size) {
            parts if parts > MAX_PARTS => Err(PlanError::TooManyParts { parts, least: whole_mib(MAX_PARTS) }),
            _ => Ok(Self { total: total_bytes, part_size }),
        }
    }

    /// The size of the file in bytes.
    pub fn total_bytes(&self) -> u64 {
        self.total
    }

    /// The size of every part but the last, in bytes: a whole number of MiB.
    pub fn part_size(&self) -> u64 {
        self.part_size
    }

    /// The parts, in order.
    pub fn parts(&self) -> impl Iterator<Item = Part> + use<> {
        let Self { total, part_size } = *self;
        (1..).zip(0..total.div_ceil(part_size)).map(move |(number, index)| {
            let offset = index * part_size;
            Part { number, offset, size: part_size.min(total - offset) }
        })
    }
}

/// An upload under way: to which object, under which id, cut how, and for how long its links work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upload {
    /// The object to be; its version is not looked at.
    pub object: ObjectId,
    /// What the store calls the upload.
    pub id: UploadId,
    /// How the file is cut.
    pub plan: Plan,
    /// For how long from the moment of signing. One for all links, which are signed together and end together.
    pub lifetime: Lifetime,
}

/// What one of an upload's links does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Sends the part of this number (UploadPart).
    Part(u16),
    /// Makes the parts an object (CompleteMultipartUpload).
    Complete,
    /// Throws the parts away (AbortMultipartUpload).
    Abort,
}

impl Upload {
    /// All steps, in the order in which they are taken; the last one is for an upload that is given up.
    pub fn steps(&self) -> impl Iterator<Item = Step> + use<> {
        self.plan.parts().map(|part| Step::Part(part.number)).chain([Step::Complete, Step::Abort])
    }

    /// The link for one step, to be signed.
    pub fn request(&self, step: Step) -> LinkRequest {
        let method = match step {
            Step::Part(_) => Method::Put,
            Step::Complete => Method::Post,
            Step::Abort => Method::Delete,
        };
        let object = ObjectId { version: None, ..self.object.clone() };
        let mut request = LinkRequest::new(method, object, self.lifetime);
        if let Step::Part(number) = step {
            request.query.push(("partNumber".to_owned(), number.to_string()));
        }
        request.query.push(("uploadId".to_owned(), self.id.0.clone()));
        request
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::expiry::Expiry;
    use super::*;
    use crate::s3::name::{BucketName, Key};

    #[test]
    fn the_size_of_parts_suits_the_file() {
        let chosen = |total: u64| {
            let plan = Plan::new(total, None).unwrap();
            (plan.part_size() / MIB, plan.parts().count())
        };
        assert_eq!(chosen(1), (64, 1));
        assert_eq!(chosen(64 * MIB), (64, 1));
        assert_eq!(chosen(64 * MIB + 1), (64, 2));
        assert_eq!(chosen(6 << 30), (64, 96));
        assert_eq!(chosen(100 << 30), (103, 995));
        assert_eq!(chosen(MAX_OBJECT_BYTES), (5_120, 1_024));
    }

    #[test]
    fn what_no_store_would_take_is_not_planned() {
        assert_eq!(Plan::new(0, None), Err(PlanError::Empty));
        assert_eq!(Plan::new(MAX_OBJECT_BYTES + 1, None), Err(PlanError::TooLarge(MAX_OBJECT_BYTES + 1)));
        for size in [0, 1, MIN_PART_BYTES - MIB, MIN_PART_BYTES + 1, MAX_PART_BYTES + MIB, u64::MAX] {
            assert_eq!(Plan::new(1 << 30, Some(size)), Err(PlanError::PartSize(size)));
        }
        let error = Plan::new(10_001 * MIN_PART_BYTES, Some(MIN_PART_BYTES)).unwrap_err();
        assert_eq!(error, PlanError::TooManyParts { parts: 10_001, least: 6 * MIB });
        assert_eq!(Plan::new(10_000 * MIN_PART_BYTES, Some(MIN_PART_BYTES)).unwrap().parts().count(), 10_000);
    }

    #[test]
    fn each_step_has_the_method_and_the_query_that_s3_names() {
        let upload = Upload {
            object: ObjectId::current(BucketName::parse("b").unwrap(), Key::parse("k").unwrap()),
            id: UploadId("2~x".to_owned()),
            plan: Plan::new(1, None).unwrap(),
            lifetime: Expiry::DEFAULT.into(),
        };
        let asked = |step| {
            let request = upload.request(step);
            let query: Vec<String> = request.query.iter().map(|(name, value)| format!("{name}={value}")).collect();
            format!("{} {}", request.method, query.join("&"))
        };
        assert_eq!(asked(Step::Part(10_000)), "PUT partNumber=10000&uploadId=2~x");
        assert_eq!(asked(Step::Complete), "POST uploadId=2~x");
        assert_eq!(asked(Step::Abort), "DELETE uploadId=2~x");
    }

    proptest! {
        #[test]
        fn the_parts_are_the_file_within_the_limits(total in 1..=MAX_OBJECT_BYTES, mib in prop::option::of(5_u64..=5_120)) {
            if let Ok(plan) = Plan::new(total, mib.map(|mib| mib * MIB)) {
                let mut end = 0;
                for (index, part) in plan.parts().enumerate() {
                    prop_assert_eq!((usize::from(part.number), part.offset), (index + 1, end));
                    end += part.size;
                    prop_assert!(part.size <= MAX_PART_BYTES && (part.size >= MIN_PART_BYTES || end == total));
                }
                prop_assert_eq!(end, total);
            }
        }

        #[test]
        fn any_numbers_make_a_plan_or_say_why(total in any::<u64>(), size in any::<Option<u64>>()) {
            let _ = Plan::new(total, size);
        }
    }
}
