using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;

namespace Twinkey
{
    /// <summary>The webhook in an ASP.NET Core app.</summary>
    public static class AspNetCoreSetup
    {
        // region webhook
        /// <summary>`app.MapKeyEvents("/events", new KeyEventsWebhook(new[] { key }, code))`</summary>
        public static void MapKeyEvents(this IEndpointRouteBuilder app, string pattern, KeyEventsWebhook webhook)
        {
            app.MapMethods(pattern, new[] { "OPTIONS", "POST" }, async context =>
            {
                string code = context.Request.Query["code"];
                string origin = context.Request.Headers["WebHook-Request-Origin"];
                var answer = await webhook.AnswerAsync(context.Request.Method, code, origin, context.Request.Body);
                context.Response.StatusCode = answer.Status;
                foreach (var header in answer.Headers) context.Response.Headers[header.Key] = header.Value;
            });
        }
        // endregion
    }
}
