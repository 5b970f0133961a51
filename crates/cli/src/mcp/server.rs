//! The requests that are served, by the protocol's library.

use std::sync::Arc;

use aether::Plugin;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, Implementation, ListToolsResult,
    PaginatedRequestParams, ProtocolVersion, ServerCapabilities, ServerConfig, ToolsCapability,
};
use rmcp::service::{NotificationContext, RequestContext, ServerInitializeError};
use rmcp::{ErrorData, RoleServer, ServerHandler, ServiceExt};

use super::answers::{Answer, failed};
use super::news::News;
use super::tools::{Tools, Unusable};
use super::wire::Wire;
use super::worker::Desk;

/// Serves one client. A copy serves the same one.
#[derive(Clone)]
pub(super) struct Server {
    tools: Arc<Tools>,
    info: ServerConfig,
    desk: Desk,
    news: News,
}

/// Serves until the wire ends.
pub(super) async fn run(server: &Server, wire: Wire) {
    loop {
        match server.clone().serve(wire.clone()).await {
            // The wire has ended, or the library's task with it: nothing is left to be served.
            Ok(running) => return drop(running.waiting().await),
            // Nothing that could be answered came before the beginning. It is as if it had not.
            Err(ServerInitializeError::ExpectedInitializeRequest(_)) => {}
            Err(ServerInitializeError::InitializeFailed(_)) => {}
            Err(_) => return,
        }
    }
}

/// Who serves.
pub(super) fn info(plugin: &Plugin) -> ServerConfig {
    let identity = plugin.identity();
    let mut capabilities = ServerCapabilities::default();
    capabilities.tools = Some(ToolsCapability::default());
    capabilities.logging = Some(serde_json::Map::new());
    let mut info = ServerConfig::new(capabilities);
    info.server_info = Implementation::new(&*identity.name, &*identity.version);
    info.protocol_version = ProtocolVersion::LATEST_WITH_INITIALIZE;
    info
}

impl Server {
    pub(super) fn new(tools: Tools, info: ServerConfig, desk: Desk, news: News) -> Self {
        Self { tools: Arc::new(tools), info, desk, news }
    }

    async fn call(
        &self,
        request: CallToolRequestParams,
        context: &RequestContext<RoleServer>,
    ) -> Result<Answer, ErrorData> {
        let method = request.name.into_owned();
        let input = match self.tools.input(&method, request.arguments) {
            Ok(input) => input,
            Err(Unusable::NoTool(text)) => return Err(ErrorData::invalid_params(text, None)),
            Err(Unusable::Arguments(text)) => return Ok(Answer::Misfit(text)),
        };
        let progress = context.meta.get_progress_token();
        let Some(mut call) = self.desk.hand_in(method, input, progress) else {
            return Ok(Answer::Result(failed("too many calls are waiting already".to_owned())));
        };
        let gone = || ErrorData::internal_error("the call was given up", None);
        tokio::select! {
            // Its answer is no longer waited for.
            () = context.ct.cancelled() => Err(gone()),
            answer = call.answer() => answer.ok_or_else(gone),
        }
    }
}

impl ServerHandler for Server {
    fn get_info(&self) -> ServerConfig {
        self.info.clone()
    }

    async fn on_initialized(&self, _: NotificationContext<RoleServer>) {
        self.news.listen();
    }

    #[expect(deprecated, reason = "the versions of the protocol that clients speak have it")]
    async fn set_level(
        &self,
        request: rmcp::model::SetLevelRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        let level = serde_json::to_value(request.level).unwrap_or_default();
        let unknown = || ErrorData::invalid_params("there is no such level", None);
        self.news.wants(&level).then_some(()).ok_or_else(unknown)
    }

    async fn list_tools(
        &self,
        request: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        if request.is_some_and(|request| request.cursor.is_some()) {
            return Err(ErrorData::invalid_params("there is one page only", None));
        }
        Ok(ListToolsResult::with_all_items(self.tools.listed()))
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        match self.call(request, &context).await? {
            Answer::Result(result) => Ok(result.into()),
            // Since then a model is to read of it, and do better; before, it was the client's error.
            Answer::Misfit(text)
                if context
                    .protocol_version()
                    .is_some_and(|version| version >= ProtocolVersion::V_2025_11_25) =>
            {
                Ok(failed(text).into())
            }
            Answer::Misfit(text) => Err(ErrorData::invalid_params(text, None)),
        }
    }
}
