//! The configuration of a server: a TOML file, one table per concern, unknown keys refused.
//!
//! Every field has a default, so an absent file is a valid one. Command line arguments win over it.

use std::{
    fs, io,
    net::{IpAddr, Ipv4Addr},
    num::{NonZeroU32, NonZeroUsize},
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context as _, Result};
use clap::ValueEnum;
use inferno_backend::{Backend, KvType};
use inferno_engine::{EngineConfig, HastyStep, LatencyBudget};
use inferno_http::ConnectionLimits;
use inferno_registry_client::RegistryUrl;
use serde::Deserialize;

/// All of it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Where to listen.
    pub server: ServerConfig,
    /// How the engine runs.
    pub engine: EngineLimits,
    /// What is shown of what is measured.
    pub metrics: MetricsConfig,
    /// Which optimization passes run.
    pub passes: PassesConfig,
    /// Whose components run.
    pub trust: TrustConfig,
    /// Where packages come from.
    pub registry: RegistryConfig,
}

/// Where to listen.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ServerConfig {
    /// The address. The default is reachable from this machine only.
    pub host: IpAddr,
    /// The port; 0 takes any free one.
    pub port: u16,
    /// How many seconds running answers get to complete when the server is stopped.
    pub drain_seconds: u64,
    /// Names beside `localhost` by which browsers may reach its pages: those of this machine, or of a proxy before it.
    pub names: Vec<String>,
    /// Connections at once; more wait until one ends. Each takes a descriptor of the process.
    pub max_connections: NonZeroUsize,
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            host: IpAddr::V4(Ipv4Addr::LOCALHOST),
            port: 8080,
            drain_seconds: 10,
            names: Vec::new(),
            max_connections: ConnectionLimits::default().connections,
        }
    }
}

/// How the engine runs.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EngineLimits {
    /// Threads for computing. Absent: one per core.
    pub threads: Option<NonZeroUsize>,
    /// Whether they stay on a core each. Absent: where there are as many as cores.
    pub pin_threads: Option<bool>,
    /// Positions that all running sequences can have together. Absent: four full contexts; their memory is only
    /// taken as it is used.
    pub kv_positions: Option<u32>,
    /// The longest context, even where the model allows more.
    pub max_context: Option<u32>,
    /// How keys and values are kept.
    pub kv_type: KvKind,
    /// Tokens of prompts that are read together.
    pub max_batch_tokens: Option<NonZeroU32>,
    /// Tokens of one prompt among them.
    pub prefill_chunk: Option<NonZeroU32>,
    /// Requests that run at once.
    pub max_sequences: Option<NonZeroU32>,
    /// Requests that wait beyond those; the next one is told to come back later.
    pub max_waiting: Option<u32>,
    /// How much longer than a step without prompts a step may take while answers are being written, as a ratio from 1 to
    /// 100.
    pub latency_budget: Option<f64>,
    /// How many milliseconds a step may take in any case when short prompts, or several, wait for their first token; 0
    /// leaves it at the budget.
    pub hasty_step_ms: Option<u64>,
    /// Whether what one request computed serves others that begin with the same tokens. Absent: it does.
    pub prefix_reuse: Option<bool>,
}

impl EngineLimits {
    /// The engine's own defaults, but for what is said here.
    ///
    /// # Errors
    /// When a value is none that an engine can be run with.
    pub fn engine(&self) -> Result<EngineConfig> {
        let default = EngineConfig::default();
        let latency_budget = match self.latency_budget {
            Some(ratio) => {
                LatencyBudget::try_from(ratio).context("`latency_budget` in the table `[engine]`")?
            }
            None => default.latency_budget,
        };
        let hasty_step = match self.hasty_step_ms {
            Some(ms) => HastyStep::try_from(Duration::from_millis(ms))
                .context("`hasty_step_ms` in the table `[engine]`")?,
            None => default.hasty_step,
        };
        Ok(EngineConfig {
            max_batch_tokens: self.max_batch_tokens.unwrap_or(default.max_batch_tokens),
            prefill_chunk: self.prefill_chunk.unwrap_or(default.prefill_chunk),
            max_sequences: self.max_sequences.unwrap_or(default.max_sequences),
            max_waiting: self.max_waiting.unwrap_or(default.max_waiting),
            latency_budget,
            hasty_step,
            prefix_reuse: self.prefix_reuse.unwrap_or(default.prefix_reuse),
        })
    }
}

/// How keys and values are kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ValueEnum)]
pub enum KvKind {
    /// What the backend computes with best, of two bytes.
    #[default]
    #[serde(rename = "auto")]
    #[value(name = "auto")]
    Auto,
    /// As computed: four bytes.
    #[serde(rename = "f32")]
    #[value(name = "f32")]
    F32,
    /// Two bytes.
    #[serde(rename = "f16")]
    #[value(name = "f16")]
    F16,
    /// Two bytes, a wider range and a coarser step.
    #[serde(rename = "bf16")]
    #[value(name = "bf16")]
    Bf16,
    /// A byte and a sixteenth of one.
    #[serde(rename = "q8_0")]
    #[value(name = "q8_0")]
    Q8_0,
}

impl KvKind {
    /// What that is on a backend.
    pub fn on(self, backend: &dyn Backend) -> KvType {
        match self {
            Self::Auto => backend.kv_type(),
            Self::F32 => KvType::F32,
            Self::F16 => KvType::F16,
            Self::Bf16 => KvType::Bf16,
            Self::Q8_0 => KvType::Q8_0,
        }
    }
}

/// What is shown of what is measured.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MetricsConfig {
    /// Whether `/metrics` also has the names that vLLM uses, which the Gateway API inference extension asks for.
    pub vllm_aliases: bool,
}

/// Which optimization passes run, and what they may do.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PassesConfig {
    /// Package names in the order in which they run. Absent: all installed ones, by name.
    pub order: Option<Vec<String>>,
    /// Capabilities that components put into the folder `plugins` by hand get if they ask for them, of whatever kind
    /// they are: `log`, `metric:NAME`, or `metrics` for all of them. A package from a registry has what was granted when
    /// it was installed.
    pub grants: Vec<String>,
}

/// Whose components run.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TrustConfig {
    /// Trusted signers.
    pub signers: Vec<SignerConfig>,
    /// Identifiers of keys that nobody may use any more.
    pub revoked: Vec<String>,
}

/// Where packages come from.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RegistryConfig {
    /// The registry. Absent: this server's own.
    pub url: Option<RegistryUrl>,
    /// Whether this server is a registry itself, where no other is named.
    pub embedded: bool,
}

impl Default for RegistryConfig {
    fn default() -> Self {
        Self { url: None, embedded: true }
    }
}

/// A trusted signer.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignerConfig {
    /// What reports call them.
    pub name: String,
    /// Their public key, as a PEM file.
    pub key: PathBuf,
}

impl Config {
    /// Reads a file. One that does not exist is the default, unless it was asked for by name.
    ///
    /// # Errors
    /// When it cannot be read or says something it must not.
    pub fn read(path: &Path, must_exist: bool) -> Result<Self> {
        match fs::read_to_string(path) {
            Ok(text) => {
                toml::from_str(&text).with_context(|| format!("{} is not a configuration", path.display()))
            }
            Err(e) if e.kind() == io::ErrorKind::NotFound && !must_exist => Ok(Self::default()),
            Err(e) => Err(e).with_context(|| format!("could not read {}", path.display())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_unknown_keys_by_name() {
        let error = |text| toml::from_str::<Config>(text).unwrap_err().to_string();
        assert!(toml::from_str::<Config>("[server]\nport = 1\n[passes]\ngrants = [\"log\"]").is_ok());
        assert!(toml::from_str::<Config>("[registry]\nurl = \"https://plugins.example.org\"").is_ok());
        assert!(error("[registry]\nurl = \"http://plugins.example.org\"").contains("use https://"));
        assert!(error("[server]\nprot = 1").contains("unknown field `prot`"));
        assert!(error("[sever]").contains("unknown field `sever`"));
        assert!(error("[metrics]\nvllm = true").contains("unknown field `vllm`"));
    }

    /// The documentation shows every key, and says what holds when nothing is said.
    #[test]
    fn the_documented_configuration_is_the_default() {
        let page = include_str!("../../../docs/configuration.md");
        let block = page.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
        let documented: Config = toml::from_str(block).unwrap();
        let default = Config::default();
        assert_eq!(format!("{:?}", documented.server), format!("{:?}", default.server));
        assert_eq!(documented.engine.engine().unwrap(), default.engine.engine().unwrap());
        assert_eq!(documented.engine.kv_type, default.engine.kv_type);
        assert_eq!(documented.engine.pin_threads, default.engine.pin_threads);
        assert_eq!(documented.metrics.vllm_aliases, default.metrics.vllm_aliases);
        assert_eq!(documented.registry.embedded, default.registry.embedded);
        // Those that are absent by default stand there as comments that would be read.
        let with_comments: String =
            block.lines().map(|line| format!("{}\n", line.trim_start_matches("# "))).collect();
        let all: Config = toml::from_str(&with_comments).unwrap();
        assert!(all.engine.threads.is_some() && all.engine.kv_positions.is_some());
        assert!(all.engine.max_context.is_some() && all.passes.order.is_some() && all.registry.url.is_some());
    }

    /// What an engine is run with under this table.
    fn engine(table: &str) -> Result<EngineConfig> {
        toml::from_str::<Config>(&format!("[engine]\n{table}"))?.engine.engine()
    }

    #[test]
    fn what_is_not_said_is_the_engines_default() {
        assert_eq!(engine("").unwrap(), EngineConfig::default());
        let said = engine(
            "max_batch_tokens = 64\nprefill_chunk = 32\nmax_sequences = 4\nmax_waiting = 0\nlatency_budget = 2\n\
             hasty_step_ms = 35\nprefix_reuse = false\nkv_type = \"q8_0\"",
        )
        .unwrap();
        assert_eq!(
            (
                said.max_batch_tokens.get(),
                said.prefill_chunk.get(),
                said.max_sequences.get(),
                said.max_waiting
            ),
            (64, 32, 4, 0)
        );
        assert_eq!((said.latency_budget.get(), said.prefix_reuse), (2.0, false));
        assert_eq!(said.hasty_step.get(), Duration::from_millis(35));
    }

    #[test]
    fn what_no_engine_can_be_run_with_is_refused_by_name() {
        for (table, says) in [
            ("latency_budget = 0.5", "`latency_budget`"),
            ("latency_budget = nan", "`latency_budget`"),
            ("hasty_step_ms = 1001", "`hasty_step_ms`"),
            ("max_sequences = 0", "max_sequences"),
            ("kv_type = \"q4_0\"", "unknown variant `q4_0`"),
        ] {
            let error = engine(table).unwrap_err();
            assert!(format!("{error:#}").contains(says), "{table}: {error:#}");
        }
    }
}
