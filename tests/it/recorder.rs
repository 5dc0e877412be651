//! Everything that goes between a client and a workspace, kept.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::FutureExt as _;
use serde_json::Value;

use crate::world::Gate;

/// A request and its answer.
#[derive(Clone, Debug)]
pub(crate) struct Exchange {
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) sent: Value,
    pub(crate) answer: Value,
}

/// A way to a workspace on which everything is kept, and answers may overtake each other.
#[derive(Clone, Default)]
pub(crate) struct Recorder {
    exchanges: Arc<Mutex<Vec<Exchange>>>,
    shuffle: Option<u64>,
}

fn json(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).unwrap_or_default()
}

impl Recorder {
    /// Lets answers overtake each other, in an order that follows from a number.
    pub(crate) fn shuffled(seed: u64) -> Self {
        Self { shuffle: Some(seed | 1), ..Self::default() }
    }

    pub(crate) fn gate(&self) -> Gate {
        let recorder = self.clone();
        Arc::new(move |workspace, request| {
            let recorder = recorder.clone();
            async move {
                let (method, target) = (request.method().to_string(), request.uri().to_string());
                let sent = json(request.body());
                if let Some(wait) = recorder.wait() {
                    tokio::time::sleep(wait).await;
                }
                let response = workspace.try_call(request).await?;
                let answer = json(response.body());
                let exchange = Exchange { method, target, sent, answer };
                recorder.exchanges.lock().unwrap().push(exchange);
                if let Some(wait) = recorder.wait() {
                    tokio::time::sleep(wait).await;
                }
                Ok(response)
            }
            .boxed()
        })
    }

    fn wait(&self) -> Option<Duration> {
        let seed = self.shuffle?;
        let count = self.exchanges.lock().unwrap().len() as u64 + 1;
        let mixed = (count.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ seed).wrapping_mul(seed << 7 | 1);
        Some(Duration::from_micros(mixed >> 32 & 0xfff))
    }

    /// What went to and fro so far.
    pub(crate) fn exchanges(&self) -> Vec<Exchange> {
        self.exchanges.lock().unwrap().clone()
    }
}
