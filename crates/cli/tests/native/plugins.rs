//! Native plugins.
