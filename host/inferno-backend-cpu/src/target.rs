//! What the processor calls itself.

/// The model name from the operating system, or `unknown cpu`.
pub(crate) fn device_name() -> String {
    let text = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    model_name(&text).unwrap_or("unknown cpu").to_owned()
}

fn model_name(cpuinfo: &str) -> Option<&str> {
    let line = cpuinfo.lines().find(|l| l.starts_with("model name"))?;
    let name = line.split_once(':')?.1.trim();
    (!name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_model_name() {
        assert_eq!(model_name("processor\t: 0\nmodel name\t: AMD EPYC\nflags : x"), Some("AMD EPYC"));
        assert_eq!(model_name("model name\t:  \n"), None);
        assert_eq!(model_name("Features : asimd"), None);
    }
}
