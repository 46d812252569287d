// No .NET SDK, and so no NuGet package, is at hand where these tests run. What the example uses of packages
// is declared here as their documentation has it, so that the compiler checks the example's side of it.
// Nothing here runs.
using System;
using System.Collections.Generic;
using System.IO;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Primitives;

namespace Azure
{
    public abstract class Response<T>
    {
        public static implicit operator T(Response<T> response) => throw new NotSupportedException();
    }

    public class AzureKeyCredential
    {
        public AzureKeyCredential(string key) => throw new NotSupportedException();

        public void Update(string key) => throw new NotSupportedException();
    }
}

namespace Azure.Core
{
    public abstract class TokenCredential
    {
    }
}

namespace Azure.Identity
{
    public class ManagedIdentityCredential : Azure.Core.TokenCredential
    {
        public ManagedIdentityCredential(string clientId = null) => throw new NotSupportedException();
    }
}

namespace Azure.Security.KeyVault.Secrets
{
    public class KeyVaultSecret
    {
        public string Value => throw new NotSupportedException();

        public SecretProperties Properties => throw new NotSupportedException();
    }

    public class SecretProperties
    {
        public DateTimeOffset? CreatedOn => throw new NotSupportedException();
    }

    public class SecretClient
    {
        public SecretClient(Uri vaultUri, Azure.Core.TokenCredential credential) => throw new NotSupportedException();

        public virtual Task<Response<KeyVaultSecret>> GetSecretAsync(
            string name,
            string version = null,
            CancellationToken cancellationToken = default(CancellationToken)) => throw new NotSupportedException();
    }
}

namespace Microsoft.Extensions.Primitives
{
    public struct StringValues
    {
        public static implicit operator string(StringValues values) => throw new NotSupportedException();

        public static implicit operator StringValues(string value) => throw new NotSupportedException();
    }
}

namespace Microsoft.AspNetCore.Http
{
    public delegate Task RequestDelegate(HttpContext context);

    public interface IQueryCollection
    {
        StringValues this[string key] { get; }
    }

    public interface IHeaderDictionary
    {
        StringValues this[string key] { get; set; }
    }

    public abstract class HttpRequest
    {
        public abstract string Method { get; set; }

        public abstract IQueryCollection Query { get; set; }

        public abstract IHeaderDictionary Headers { get; }

        public abstract Stream Body { get; set; }
    }

    public abstract class HttpResponse
    {
        public abstract int StatusCode { get; set; }

        public abstract IHeaderDictionary Headers { get; }
    }

    public abstract class HttpContext
    {
        public abstract HttpRequest Request { get; }

        public abstract HttpResponse Response { get; }
    }
}

namespace Microsoft.AspNetCore.Routing
{
    public interface IEndpointRouteBuilder
    {
    }
}

namespace Microsoft.AspNetCore.Builder
{
    public interface IEndpointConventionBuilder
    {
    }

    public static class EndpointRouteBuilderExtensions
    {
        public static IEndpointConventionBuilder MapMethods(
            this IEndpointRouteBuilder endpoints,
            string pattern,
            IEnumerable<string> httpMethods,
            RequestDelegate requestDelegate) => throw new NotSupportedException();
    }
}
