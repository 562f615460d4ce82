//! What the processor calls itself.

/// The model name from the operating system, else the architecture.
pub(crate) fn device_name() -> String {
    let text = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let unnamed = || format!("unnamed {} processor", std::env::consts::ARCH);
    model_name(&text).map_or_else(unnamed, ToOwned::to_owned)
}

/// On ARM there is at most the name of the board.
fn model_name(cpuinfo: &str) -> Option<&str> {
    ["model name", "Model"].iter().find_map(|key| {
        let line = cpuinfo.lines().find(|line| line.starts_with(key))?;
        let name = line.split_once(':')?.1.trim();
        (!name.is_empty()).then_some(name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_model_name() {
        assert_eq!(model_name("processor\t: 0\nmodel name\t: AMD EPYC\nflags : x"), Some("AMD EPYC"));
        assert_eq!(model_name("model name\t:  \n"), None);
        assert_eq!(
            model_name("Features : asimd\nModel\t\t: Raspberry Pi 5 Model B\n"),
            Some("Raspberry Pi 5 Model B")
        );
        assert_eq!(model_name("Features : asimd"), None);
    }
}
