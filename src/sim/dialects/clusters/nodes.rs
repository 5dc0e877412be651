//! The machines which a cloud offers.

use serde_json::{Value, json};

use super::cloud::Cloud;

/// A kind of machine.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct NodeType {
    /// Its identifier.
    pub(crate) id: String,
    /// How many cores it has.
    pub(crate) cores: u32,
    /// How much memory it has.
    pub(crate) memory_mb: u64,
    /// What it is good for.
    category: &'static str,
    /// How many GPUs it has.
    gpus: u32,
}

const GENERAL: &str = "General Purpose";
const MEMORY: &str = "Memory Optimized";
const COMPUTE: &str = "Compute Optimized";
const STORAGE: &str = "Storage Optimized";
const GPU: &str = "GPU Accelerated";

/// A family of machines: prefix, suffix, sizes with their cores, memory per core in MB, category.
type Family = (&'static str, &'static str, &'static [(&'static str, u32)], u64, &'static str);

const AWS_SIZES: &[(&str, u32)] = &[
    ("large", 2),
    ("xlarge", 4),
    ("2xlarge", 8),
    ("4xlarge", 16),
    ("8xlarge", 32),
    ("12xlarge", 48),
    ("16xlarge", 64),
    ("24xlarge", 96),
];
const CORES: &[(&str, u32)] =
    &[("2", 2), ("4", 4), ("8", 8), ("16", 16), ("32", 32), ("48", 48), ("64", 64)];
const DS_V2: &[(&str, u32)] = &[("3", 4), ("4", 8), ("5", 16)];

const AWS: &[Family] = &[
    ("m4.", "", AWS_SIZES, 4096, GENERAL),
    ("m5.", "", AWS_SIZES, 4096, GENERAL),
    ("m5d.", "", AWS_SIZES, 4096, GENERAL),
    ("m6i.", "", AWS_SIZES, 4096, GENERAL),
    ("m6id.", "", AWS_SIZES, 4096, GENERAL),
    ("m6gd.", "", AWS_SIZES, 4096, GENERAL),
    ("m7gd.", "", AWS_SIZES, 4096, GENERAL),
    ("r4.", "", AWS_SIZES, 7808, MEMORY),
    ("r5.", "", AWS_SIZES, 8192, MEMORY),
    ("r5d.", "", AWS_SIZES, 8192, MEMORY),
    ("r6i.", "", AWS_SIZES, 8192, MEMORY),
    ("r6id.", "", AWS_SIZES, 8192, MEMORY),
    ("r6gd.", "", AWS_SIZES, 8192, MEMORY),
    ("c5.", "", AWS_SIZES, 2048, COMPUTE),
    ("c5d.", "", AWS_SIZES, 2048, COMPUTE),
    ("c6id.", "", AWS_SIZES, 2048, COMPUTE),
    ("i3.", "", AWS_SIZES, 7808, STORAGE),
    ("i3en.", "", AWS_SIZES, 8192, STORAGE),
    ("i4i.", "", AWS_SIZES, 8192, STORAGE),
    ("g4dn.", "", AWS_SIZES, 4096, GPU),
    ("g5.", "", AWS_SIZES, 4096, GPU),
    ("p3.", "", &[("2xlarge", 8), ("8xlarge", 32), ("16xlarge", 64)], 7808, GPU),
];
const AZURE: &[Family] = &[
    ("Standard_DS", "_v2", DS_V2, 3584, GENERAL),
    ("Standard_D", "_v2", DS_V2, 3584, GENERAL),
    ("Standard_D", "_v3", CORES, 4096, GENERAL),
    ("Standard_D", "s_v3", CORES, 4096, GENERAL),
    ("Standard_D", "s_v5", CORES, 4096, GENERAL),
    ("Standard_D", "ds_v4", CORES, 4096, GENERAL),
    ("Standard_D", "ds_v5", CORES, 4096, GENERAL),
    ("Standard_D", "ads_v5", CORES, 4096, GENERAL),
    ("Standard_E", "s_v3", CORES, 8192, MEMORY),
    ("Standard_E", "ds_v4", CORES, 8192, MEMORY),
    ("Standard_E", "ds_v5", CORES, 8192, MEMORY),
    ("Standard_F", "s", CORES, 2048, COMPUTE),
    ("Standard_F", "s_v2", CORES, 2048, COMPUTE),
    ("Standard_L", "s_v2", CORES, 8192, STORAGE),
    ("Standard_L", "s_v3", CORES, 8192, STORAGE),
    ("Standard_NC", "s_v3", &[("6", 6), ("12", 12), ("24", 24)], 19_114, GPU),
];
const GCP: &[Family] = &[
    ("n1-standard-", "", CORES, 3840, GENERAL),
    ("n1-highmem-", "", CORES, 6656, MEMORY),
    ("n2-standard-", "", CORES, 4096, GENERAL),
    ("n2-highmem-", "", CORES, 8192, MEMORY),
    ("n2d-standard-", "", CORES, 4096, GENERAL),
    ("n2d-highmem-", "", CORES, 8192, MEMORY),
    ("e2-standard-", "", CORES, 4096, GENERAL),
    ("e2-highmem-", "", CORES, 8192, MEMORY),
    ("n2-highcpu-", "", CORES, 1024, COMPUTE),
    ("g2-standard-", "", CORES, 4096, GPU),
];

/// The machines of a cloud.
pub(super) fn node_types(cloud: Cloud) -> impl Iterator<Item = NodeType> {
    let families = match cloud {
        Cloud::Aws => AWS,
        Cloud::Azure => AZURE,
        Cloud::Gcp => GCP,
    };
    families.iter().flat_map(|(prefix, suffix, sizes, memory, category)| {
        sizes.iter().map(move |(size, cores)| NodeType {
            id: format!("{prefix}{size}{suffix}"),
            cores: *cores,
            memory_mb: memory * u64::from(*cores),
            category,
            gpus: u32::from(*category == GPU) * cores.div_ceil(16),
        })
    })
}

/// The machine of that identifier, if the cloud offers it.
pub(crate) fn node_type(cloud: Cloud, id: &str) -> Option<NodeType> {
    node_types(cloud).find(|node| node.id == id)
}

impl NodeType {
    /// The machine as the API gives it.
    pub(super) fn answer(&self) -> Value {
        json!({
            "node_type_id": self.id,
            "memory_mb": self.memory_mb,
            "num_cores": f64::from(self.cores),
            "num_gpus": self.gpus,
            "description": self.id,
            "instance_type_id": self.id,
            "category": self.category,
            "is_deprecated": false,
            "is_hidden": false,
            "photon_worker_capable": self.gpus == 0,
            "photon_driver_capable": self.gpus == 0,
            "support_cluster_tags": true,
            "node_info": {"status": [], "available_core_quota": 1000, "total_core_quota": 1000},
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_cloud_has_its_own_machines() {
        assert_eq!(
            node_type(Cloud::Aws, "i3.xlarge").map(|n| (n.cores, n.memory_mb)),
            Some((4, 31_232))
        );
        assert_eq!(node_type(Cloud::Azure, "Standard_DS3_v2").map(|n| n.memory_mb), Some(14_336));
        assert!(node_type(Cloud::Gcp, "n1-highmem-4").is_some());
        assert!(node_type(Cloud::Gcp, "i3.xlarge").is_none());
    }
}
