//! The clouds, and what each fills into the block of attributes which is named after it.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// Where a workspace runs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Cloud {
    /// Amazon.
    #[default]
    Aws,
    /// Microsoft.
    Azure,
    /// Google.
    Gcp,
}

/// The blocks of all clouds.
const BLOCKS: [&str; 3] = ["aws_attributes", "azure_attributes", "gcp_attributes"];

impl Cloud {
    /// The name of the cloud's own block.
    pub(crate) fn block(self) -> &'static str {
        BLOCKS[self as usize]
    }

    /// A block of another cloud, which a server does not take.
    pub(crate) fn foreign_block(self, settings: &Map<String, Value>) -> Option<&'static str> {
        BLOCKS.into_iter().find(|block| *block != self.block() && settings.contains_key(*block))
    }

    /// The field by which machines get rights in the cloud: the only one which may be set with a pool.
    pub(crate) fn identity(self) -> Option<&'static str> {
        match self {
            Self::Aws => Some("instance_profile_arn"),
            Self::Azure => None,
            Self::Gcp => Some("google_service_account"),
        }
    }

    /// Where machines can be had; the first is the default.
    pub(crate) fn zones(self) -> &'static [&'static str] {
        match self {
            Self::Aws => &["us-west-2a", "us-west-2b", "us-west-2c"],
            Self::Azure => &[],
            Self::Gcp => &["us-central1-a", "us-central1-b", "us-central1-f"],
        }
    }

    /// Completes the block of a cluster.
    pub(crate) fn fill_cluster(self, settings: &mut Map<String, Value>) {
        self.fill(
            settings,
            match self {
                Self::Aws => json!({
                    "first_on_demand": 1, "availability": "SPOT_WITH_FALLBACK", "zone_id": "auto",
                    "spot_bid_price_percent": 100, "ebs_volume_count": 0,
                }),
                Self::Azure => json!({
                    "first_on_demand": 1, "availability": "ON_DEMAND_AZURE", "spot_bid_max_price": -1.0,
                }),
                Self::Gcp => json!({
                    "use_preemptible_executors": false, "availability": "ON_DEMAND_GCP",
                    "zone_id": "HA", "first_on_demand": 1,
                }),
            },
        );
    }

    /// Completes the block of an instance pool.
    pub(crate) fn fill_pool(self, settings: &mut Map<String, Value>) {
        self.fill(
            settings,
            match self {
                Self::Aws => {
                    json!({"availability": "SPOT", "zone_id": "us-west-2a", "spot_bid_price_percent": 100})
                }
                Self::Azure => {
                    json!({"availability": "ON_DEMAND_AZURE", "spot_bid_max_price": -1.0})
                }
                Self::Gcp => json!({"gcp_availability": "ON_DEMAND_GCP", "local_ssd_count": 0}),
            },
        );
    }

    fn fill(self, settings: &mut Map<String, Value>, defaults: Value) {
        let Value::Object(mut block) = defaults else { return };
        if let Some(Value::Object(sent)) = settings.get(self.block()) {
            block.extend(
                sent.iter().filter(|(_, v)| !v.is_null()).map(|(k, v)| (k.clone(), v.clone())),
            );
        }
        settings.insert(self.block().to_owned(), Value::Object(block));
    }
}
